package io.culvert.model;

import java.util.Arrays;

/**
 * A router's proof that it sent one session to one egress: an opaque, signed, short-lived value that the ingress hands on and
 * the egress checks (reliability section 2d.24). Immutable; its text never shows the bytes.
 */
public final class Ticket {
    /** The length: 8 bytes of expiry, 16 of nonce, 32 of signature. */
    public static final int BYTES = 56;

    private final byte[] bytes;

    private Ticket(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A ticket as it stands on the wire.
     *
     * @param bytes exactly {@link #BYTES}, copied
     */
    public static Ticket of(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a ticket has " + BYTES + " bytes, found " + bytes.length);
        }
        return new Ticket(bytes.clone());
    }

    /** Its bytes, a copy. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Ticket ticket && Arrays.equals(bytes, ticket.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "Ticket[***]";
    }
}
