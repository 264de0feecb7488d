package io.culvert.wire.vless;

import org.jspecify.annotations.Nullable;

/** What a VLESS request asks for (wire-formats section 4.1). */
public enum VlessCommand {
    /** One byte stream to the destination. */
    TCP(1),
    /** Datagrams to the destination, framed as {@link VlessDatagrams} says. */
    UDP(2),
    /** Many sessions in one stream, framed as Mux.Cool. */
    MUX(3);

    private final int code;

    VlessCommand(int code) {
        this.code = code;
    }

    /** The byte on the wire. */
    public int code() {
        return code;
    }

    /** The command of a byte on the wire, or null where this version knows none. */
    public static @Nullable VlessCommand ofCode(int code) {
        return switch (code) {
            case 1 -> TCP;
            case 2 -> UDP;
            case 3 -> MUX;
            default -> null;
        };
    }
}
