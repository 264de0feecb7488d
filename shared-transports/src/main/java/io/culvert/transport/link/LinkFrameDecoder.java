package io.culvert.transport.link;

import io.netty.buffer.ByteBuf;

/**
 * Takes the bytes of a connection apart into frames. DATA is handed on as it comes; of everything else at most
 * {@link LinkLimits#MAX_CONTROL} bytes are kept until it is whole.
 */
final class LinkFrameDecoder {
    /** Who hears the frames. */
    interface Sink {
        /** Some of a DATA frame; takes over the buffer. */
        void data(int stream, ByteBuf bytes);

        /**
         * A frame of another type, whole. False where it must not be, or the connection is over: nothing more is looked at.
         *
         * @param payload only for the time of the call
         */
        boolean control(int type, int stream, ByteBuf payload);

        /** A head was read. False where the peer sends too many. */
        boolean frame(int type, int length);
    }

    private final Sink sink;
    private final ByteBuf control;
    private boolean prefaced;
    private boolean released;
    private long head;
    private int headBytes;
    private int left;

    /**
     * @param control an empty buffer of {@link LinkLimits#MAX_CONTROL} bytes, which becomes the decoder's
     * @param server whether a preface comes first
     */
    LinkFrameDecoder(Sink sink, ByteBuf control, boolean server) {
        this.sink = sink;
        this.control = control;
        this.prefaced = !server;
    }

    /**
     * Reads on.
     *
     * @param in the next bytes, of which slices are handed on; stays the caller's
     * @return false when the peer does not keep to the rules, or the sink has had enough
     */
    boolean read(ByteBuf in) {
        while (in.isReadable() && !released) {
            if (headBytes < LinkFrames.HEAD) {
                if (!readHead(in)) {
                    return false;
                }
            } else if (LinkFrames.typeOf(head) == LinkFrames.DATA) {
                int length = Math.min(left, in.readableBytes());
                left -= length;
                sink.data(LinkFrames.streamOf(head), in.readRetainedSlice(length));
                next();
            } else if (!readControl(in)) {
                return false;
            }
        }
        return true;
    }

    private boolean readHead(ByteBuf in) {
        if (headBytes == 0 && in.readableBytes() >= LinkFrames.HEAD) {
            head = in.readLong();
            headBytes = LinkFrames.HEAD;
        } else {
            head = (head << 8) | in.readUnsignedByte();
            headBytes++;
        }
        return headBytes < LinkFrames.HEAD || begin();
    }

    private boolean begin() {
        if (!prefaced) {
            prefaced = true;
            headBytes = 0;
            return head == LinkFrames.PREFACE;
        }
        left = LinkFrames.lengthOf(head);
        int type = LinkFrames.typeOf(head);
        if ((type != LinkFrames.DATA && left > LinkLimits.MAX_CONTROL) || !sink.frame(type, left)) {
            return false;
        }
        return left > 0 || whole();
    }

    private boolean readControl(ByteBuf in) {
        int length = Math.min(left, in.readableBytes());
        control.writeBytes(in, length);
        left -= length;
        return left > 0 || whole();
    }

    private boolean whole() {
        boolean goesOn = LinkFrames.typeOf(head) == LinkFrames.DATA
                || sink.control(LinkFrames.typeOf(head), LinkFrames.streamOf(head), control);
        if (!released) {
            control.clear();
        }
        next();
        return goesOn;
    }

    private void next() {
        if (left == 0) {
            headBytes = 0;
        }
    }

    /** Nothing more is read. */
    void release() {
        if (!released) {
            released = true;
            control.release();
        }
    }
}
