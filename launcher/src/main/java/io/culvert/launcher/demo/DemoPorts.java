package io.culvert.launcher.demo;

import java.util.HashSet;
import java.util.Set;

/**
 * The demo's ports, all on 127.0.0.1.
 *
 * @param firm those that an operator has named: where one is taken the start fails, while the others move
 */
public record DemoPorts(int socks, int http, int vmess, int vless, int admin, Set<Integer> firm) {
    /** Those that people expect. */
    public static final DemoPorts WANTED = new DemoPorts(1080, 8080, 10086, 10443, 9800);

    private static final int AFTER_THE_FIRST = 4;
    private static final int MOST = 65_535;

    public DemoPorts {
        firm = Set.copyOf(firm);
    }

    /** Ports that may all move. */
    public DemoPorts(int socks, int http, int vmess, int vless, int admin) {
        this(socks, http, vmess, vless, admin, Set.of());
    }

    /**
     * The same with what an operator has chosen.
     *
     * @param choice {@code http=8118} for one of them; {@code 2080} for that of SOCKS, which the others follow in their order
     * @throws IllegalArgumentException with the reason, where it is neither
     */
    public DemoPorts with(String choice) {
        int equals = choice.indexOf('=');
        if (equals < 0) {
            int first = port(choice, FreePorts.LIMIT - 1 - AFTER_THE_FIRST);
            return new DemoPorts(first, first + 1, first + 2, first + 3, first + AFTER_THE_FIRST, Set.of(first));
        }
        int port = port(choice.substring(equals + 1), MOST);
        Set<Integer> more = new HashSet<>(firm);
        if (!more.add(port)) {
            throw new IllegalArgumentException(port + " is chosen twice");
        }
        return switch (choice.substring(0, equals)) {
            case "socks" -> new DemoPorts(port, http, vmess, vless, admin, more);
            case "http" -> new DemoPorts(socks, port, vmess, vless, admin, more);
            case "vmess" -> new DemoPorts(socks, http, port, vless, admin, more);
            case "vless" -> new DemoPorts(socks, http, vmess, port, admin, more);
            case "admin" -> new DemoPorts(socks, http, vmess, vless, port, more);
            default -> throw new IllegalArgumentException("known are socks, http, vmess, vless and admin");
        };
    }

    private static int port(String text, int most) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= most) {
                return port;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new IllegalArgumentException("a port is 1 to " + most);
    }
}
