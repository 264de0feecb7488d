package io.culvert.launcher.cluster;

import io.culvert.bus.ConfigPeers;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A frame of Vert.x's event bus, looked at before Vert.x sees it. Its reader keeps whatever number of bytes a frame announces,
 * and makes arrays of whatever length a text in it claims; here every length is compared with what is there. What the nodes of a
 * farm never say to each other is refused with it.
 *
 * <pre>
 * length(4) | version(1) codec(1) [length(4) name] send(1) address reply sender headers body
 * address, reply, sender = length(4) text
 * headers = 4(4), or length(4) count(4) and so many pairs of texts, the length with its own four bytes
 * </pre>
 */
final class BusFrame {
    /** The longest frame: the longest message, and what stands in front of it. */
    static final int MAX_BYTES = ConfigPeers.MAX_MESSAGE_BYTES + 16 * 1024;

    /** The longest text of a frame's head, in bytes: an address with the id of a node. */
    static final int MAX_TEXT = 1_024;

    static final int LENGTH_BYTES = 4;

    private static final int VERSION = 2;
    private static final byte NAMED_CODEC = -1;
    private static final byte NULL_CODEC = 0;
    private static final byte PING_CODEC = 1;
    private static final byte TEXT_CODEC = 9;
    private static final byte BUFFER_CODEC = 11;
    private static final byte FAILURE_CODEC = 15;
    private static final String OWN_CODECS = "culvert.";
    private static final int FAILURE_HEAD = 5;

    private final ByteBuf frame;
    private int at;

    private BusFrame(ByteBuf frame) {
        this.frame = frame;
        this.at = frame.readerIndex();
    }

    /**
     * Whether a frame, whole and without its length, is one that nodes send.
     *
     * @return null, or what is wrong with it
     */
    static @Nullable String fault(ByteBuf frame) {
        try {
            new BusFrame(frame).check();
            return null;
        } catch (Fault e) {
            return e.reason;
        }
    }

    private void check() throws Fault {
        if (u8() > VERSION) {
            throw new Fault("a version that is not known");
        }
        byte codec = (byte) u8();
        String name = codec == NAMED_CODEC ? text() : "";
        u8();
        text();
        text();
        text();
        headers();
        switch (codec) {
            case NAMED_CODEC -> {
                // What follows is a message of the control path, whose reader compares lengths itself.
                if (!name.startsWith(OWN_CODECS)) {
                    throw new Fault("a codec that no node uses");
                }
            }
            case NULL_CODEC, PING_CODEC -> {}
            case TEXT_CODEC, BUFFER_CODEC -> skip(length());
            case FAILURE_CODEC -> {
                skip(FAILURE_HEAD);
                if (u8() == 0) {
                    skip(length());
                }
            }
            default -> throw new Fault("a codec that no node uses");
        }
    }

    private void headers() throws Fault {
        int begin = at;
        int length = i32();
        if (length == LENGTH_BYTES) {
            return;
        }
        int end = begin + length;
        for (int count = length(); count > 0; count--) {
            text();
            text();
        }
        if (at != end) {
            throw new Fault("headers of another length than they say");
        }
    }

    private String text() throws Fault {
        int length = length();
        if (length > MAX_TEXT) {
            throw new Fault("a text of more than " + MAX_TEXT + " bytes");
        }
        int begin = at;
        skip(length);
        return frame.toString(begin, length, StandardCharsets.UTF_8);
    }

    private int u8() throws Fault {
        skip(1);
        return frame.getUnsignedByte(at - 1);
    }

    private int i32() throws Fault {
        skip(LENGTH_BYTES);
        return frame.getInt(at - LENGTH_BYTES);
    }

    /** A length that is not longer than what is left. */
    private int length() throws Fault {
        int length = i32();
        if (length < 0 || length > left()) {
            throw new Fault("a length of " + length + " where " + left() + " bytes are left");
        }
        return length;
    }

    private void skip(int bytes) throws Fault {
        if (bytes > left()) {
            throw new Fault("it ends too early");
        }
        at += bytes;
    }

    private int left() {
        return frame.writerIndex() - at;
    }

    /** Leaves the check; stackless, and never seen outside of this class. */
    private static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        private final String reason;

        Fault(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }
}
