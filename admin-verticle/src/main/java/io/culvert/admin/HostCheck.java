package io.culvert.admin;

import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Under which names the admin server answers. A browser that runs a foreign page sends that page's name, whatever it resolves to
 * (DNS rebinding); it sends this machine's address only for a page that came from there.
 */
final class HostCheck {
    private final Set<String> names = new HashSet<>(Set.of("localhost"));
    private final Predicate<InetAddress> own;

    /**
     * @param named names that the operator has given, and literal addresses
     * @param own whether an address is this machine's; it may change while the node runs
     */
    HostCheck(Collection<String> named, Predicate<InetAddress> own) {
        named.forEach(name -> names.add(bare(name)));
        this.own = own;
    }

    boolean permits(HttpServerRequest request) {
        String header = request.getHeader("Host");
        if (header == null) {
            return false;
        }
        String host = bare(withoutPort(header));
        if (names.contains(host)) {
            return true;
        }
        InetAddress address = literal(host);
        return address != null && (address.isLoopbackAddress() || own.test(address));
    }

    private static String withoutPort(String header) {
        int end = header.startsWith("[") ? header.indexOf(']') + 1 : header.indexOf(':');
        return end > 0 ? header.substring(0, end) : header;
    }

    private static String bare(String host) {
        String inner = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
        return inner.toLowerCase(Locale.ROOT);
    }

    private static @Nullable InetAddress literal(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
