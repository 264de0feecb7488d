package io.culvert.wire.http;

import io.culvert.model.Address;
import io.culvert.model.IpLiterals;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * {@code X-Forwarded-For}: whom a request comes from, in the words of those that it came through. V2Ray takes the first element
 * of the first field (wire-formats section 14.3). A client can write what it likes there, and honest fronts put the address that
 * they see behind it; so elements that are no address, and addresses of this host, are passed over: clients of this host may
 * reach what others may not.
 */
public final class ForwardedFor {
    /** The field's name. */
    public static final String FIELD = "X-Forwarded-For";

    private ForwardedFor() {}

    /**
     * The client's address.
     *
     * @param values the values of all fields of the name, in their order
     * @return null where they name nobody but this host
     */
    public static @Nullable InetAddress client(Iterable<? extends CharSequence> values) {
        for (CharSequence value : values) {
            for (String element : value.toString().split(",", -1)) {
                byte[] raw = IpLiterals.parse(withoutPort(element.strip()));
                if (raw != null) {
                    InetAddress address = Address.ofIp(raw).value();
                    if (!address.isLoopbackAddress() && !address.isAnyLocalAddress()) {
                        return address;
                    }
                }
            }
        }
        return null;
    }

    /** Some fronts add the client's port. */
    private static String withoutPort(String element) {
        if (element.startsWith("[")) {
            int end = element.indexOf(']');
            return end < 0 ? element : element.substring(1, end);
        }
        int colon = element.indexOf(':');
        return colon >= 0 && element.indexOf(':', colon + 1) < 0 ? element.substring(0, colon) : element;
    }
}
