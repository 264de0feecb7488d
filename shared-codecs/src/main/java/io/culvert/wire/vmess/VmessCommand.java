package io.culvert.wire.vmess;

import org.jspecify.annotations.Nullable;

/** What a VMess connection carries (wire-formats section 3.3). */
public enum VmessCommand {
    TCP(1),
    UDP(2),
    /** A Mux.Cool connection; its header has no address. */
    MUX(3);

    private final int wire;

    VmessCommand(int wire) {
        this.wire = wire;
    }

    /** The value in a header. */
    public int wire() {
        return wire;
    }

    /** The command of a value in a header, or null for an unknown one. */
    public static @Nullable VmessCommand ofWire(int value) {
        return switch (value) {
            case 1 -> TCP;
            case 2 -> UDP;
            case 3 -> MUX;
            default -> null;
        };
    }
}
