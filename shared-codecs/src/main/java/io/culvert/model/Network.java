package io.culvert.model;

/** What a session carries: one byte stream, or datagrams. */
public enum Network {
    TCP,
    UDP;

    /** V2Ray's word for it, as written in configurations and access logs: {@code tcp} or {@code udp}. */
    public String word() {
        return this == TCP ? "tcp" : "udp";
    }
}
