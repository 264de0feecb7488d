package io.culvert.launcher.demo;

/** The demo's ports, all on 127.0.0.1. */
public record DemoPorts(int socks, int http, int vmess, int vless, int admin) {
    /** Those that people expect. */
    public static final DemoPorts WANTED = new DemoPorts(1080, 8080, 10086, 10443, 9800);
}
