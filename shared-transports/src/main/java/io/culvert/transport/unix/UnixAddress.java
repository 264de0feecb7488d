package io.culvert.transport.unix;

import io.culvert.config.TransportSettings;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The address of a unix socket.
 *
 * @param name a path, or an abstract name without its {@code @}
 * @param padding whether an abstract name is padded with zero bytes to the full {@link #FULL_BYTES}
 * @param mode the permissions that a server gives the file, for example 0660; null for the system's
 */
public record UnixAddress(
        String name,
        boolean isAbstract,
        boolean padding,
        @Nullable Integer mode) {
    /** The size of {@code sun_path}. */
    public static final int FULL_BYTES = 108;

    private static final int OCTAL = 8;
    private static final int MOST_MODE = 0777;

    /** @throws IllegalArgumentException where the name does not fit into an address */
    public UnixAddress {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes >= FULL_BYTES || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(
                    "a unix socket's name has 1 to " + (FULL_BYTES - 1) + " bytes: " + name.replace('\0', ' '));
        }
    }

    /**
     * The address that settings name. A path may end in {@code ,0660}: its permissions.
     *
     * @throws IllegalArgumentException where the name does not fit into an address
     */
    public static UnixAddress of(TransportSettings.DomainSocket settings) {
        String path = settings.path();
        int comma = path.lastIndexOf(',');
        Integer mode = settings.abstractName() || comma < 0 ? null : mode(path.substring(comma + 1));
        return new UnixAddress(
                mode == null ? path : path.substring(0, comma), settings.abstractName(), settings.padding(), mode);
    }

    private static @Nullable Integer mode(String octal) {
        try {
            int mode = Integer.parseInt(octal, OCTAL);
            return mode < 0 || mode > MOST_MODE ? null : mode;
        } catch (NumberFormatException _) {
            return null;
        }
    }

    /** Whether the name takes all of an address, which {@link PaddedSockets} makes. */
    boolean isPadded() {
        return isAbstract && padding;
    }

    /** What Netty binds or connects to, unless it {@link #isPadded}. */
    DomainSocketAddress toNetty() {
        if (!isAbstract) {
            // Netty gives the bytes to unlink(2) as they are: without an end of their own it would read on.
            return new DomainSocketAddress(name + '\0');
        }
        return new DomainSocketAddress('\0' + name);
    }

    /** As V2Ray writes it: {@code /run/x.sock}, {@code @name}, {@code @@name}. */
    @Override
    public String toString() {
        return isAbstract ? (padding ? "@@" : "@") + name : name;
    }
}
