package io.culvert.wire.ws;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/**
 * Reads frames as the byte stream that they carry: text, binary and fragments alike, and message borders mean nothing
 * (wire-formats section 14.3). Payload is passed on as it comes, whatever length a frame declares: nothing is collected but a
 * header or a control frame. One instance per connection, owned by one thread.
 */
public final class WsFrameReader {
    private static final int SHORT_HEADER = 2;

    /** What came beside the stream. */
    public interface Controls {
        /** A ping. The array is used again after the call. */
        void ping(byte[] payload, int length);

        /** A pong, asked for or not. The array is used again after the call. */
        void pong(byte[] payload, int length);
    }

    /** How the stream goes on. */
    public enum Status {
        /** More frames may come. */
        MORE,
        /** The peer has sent its close frame. */
        CLOSED,
        /** The peer has broken the rules of framing. */
        FAULT
    }

    private final boolean fromClient;
    private final byte[] header = new byte[WsFrames.MAX_HEADER];
    private final byte[] control = new byte[WsFrames.MAX_CONTROL_PAYLOAD];
    private int headerHas;
    private int headerNeeds = SHORT_HEADER;
    private boolean inPayload;
    private boolean inMessage;
    private int opcode;
    private long left;
    private int mask;
    private int controlHas;
    private Status status = Status.MORE;

    /** @param fromClient whether the peer is a client, whose frames must be masked; a server's must not */
    public WsFrameReader(boolean fromClient) {
        this.fromClient = fromClient;
    }

    /** Whether the last byte that was read stands in the middle of a frame. */
    public boolean inFrame() {
        return inPayload || headerHas > 0;
    }

    /**
     * Takes what was received and leaves the payload in it: the payload of all its frames is unmasked and moved together where
     * it lies, so that a read of many small frames goes on as one piece and costs no allocation.
     *
     * @param in writable and in one piece ({@code nioBufferCount() == 1}); on return its readable bytes are payload, maybe none
     * @return once not {@link Status#MORE}, what follows is ignored
     */
    public Status read(ByteBuf in, Controls controls) {
        int at = in.readerIndex();
        int end = in.writerIndex();
        if (at == end || status != Status.MORE) {
            in.setIndex(end, end);
            return status;
        }
        ByteBuffer bytes = in.internalNioBuffer(at, end - at);
        int offset = bytes.position() - at;
        int start = -1;
        int to = end;
        while (at < end && status == Status.MORE) {
            if (!inPayload) {
                at += readHeader(bytes, at + offset, end - at, controls);
            } else {
                int length = (int) Math.min(left, end - at);
                if ((opcode & WsFrames.CONTROL) != 0) {
                    readControl(bytes, at + offset, length, controls);
                } else {
                    if (start < 0) {
                        start = at;
                        to = at;
                    }
                    move(bytes, at + offset, to + offset, length);
                    to += length;
                    finish(length);
                }
                at += length;
            }
        }
        in.setIndex(start < 0 ? end : start, to);
        return status;
    }

    /** Takes bytes of a header, and says how many. */
    private int readHeader(ByteBuffer bytes, int at, int available, Controls controls) {
        int taken = Math.min(headerNeeds - headerHas, available);
        for (int i = 0; i < taken; i++) {
            header[headerHas++] = bytes.get(at + i);
        }
        if (headerHas == SHORT_HEADER && headerNeeds == SHORT_HEADER) {
            headerNeeds = headerLength();
        }
        if (headerHas == headerNeeds && status == Status.MORE) {
            beginFrame(controls);
        }
        return taken;
    }

    /** The length of a header from its first two bytes, which are judged here. */
    private int headerLength() {
        int first = header[0];
        int length = header[1] & WsFrames.LENGTH;
        boolean masked = (header[1] & WsFrames.MASKED) != 0;
        boolean last = (first & WsFrames.FIN) != 0;
        int code = first & WsFrames.OPCODE;
        boolean valid = switch (code) {
            case WsFrames.CONTINUATION -> inMessage;
            case WsFrames.TEXT, WsFrames.BINARY -> !inMessage;
            case WsFrames.CLOSE -> last && length <= WsFrames.MAX_CONTROL_PAYLOAD && length != 1;
            case WsFrames.PING, WsFrames.PONG -> last && length <= WsFrames.MAX_CONTROL_PAYLOAD;
            default -> false;
        };
        if (!valid || (first & WsFrames.RSV) != 0 || masked != fromClient) {
            status = Status.FAULT;
        }
        int extended = length == WsFrames.LENGTH_16 ? 2 : length == WsFrames.LENGTH_64 ? 8 : 0;
        return SHORT_HEADER + extended + (masked ? 4 : 0);
    }

    private void beginFrame(Controls controls) {
        opcode = header[0] & WsFrames.OPCODE;
        int length = header[1] & WsFrames.LENGTH;
        left = switch (length) {
            case WsFrames.LENGTH_16 -> number(SHORT_HEADER, 2);
            case WsFrames.LENGTH_64 -> number(SHORT_HEADER, 8);
            default -> length;
        };
        if (left < 0) {
            status = Status.FAULT;
            return;
        }
        mask = fromClient ? (int) number(headerNeeds - 4, 4) : 0;
        headerHas = 0;
        headerNeeds = SHORT_HEADER;
        controlHas = 0;
        if ((opcode & WsFrames.CONTROL) == 0) {
            inMessage = (header[0] & WsFrames.FIN) == 0;
        }
        inPayload = true;
        if (left == 0) {
            endFrame(controls);
        }
    }

    private long number(int from, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = (value << 8) | (header[from + i] & 0xFF);
        }
        return value;
    }

    private void move(ByteBuffer bytes, int from, int to, int length) {
        if (fromClient) {
            WsFrames.maskAndMove(bytes, from, to, length, mask);
            mask = Integer.rotateLeft(mask, 8 * (length & 3));
        } else if (from != to) {
            bytes.put(to, bytes, from, length);
        }
    }

    private void finish(int length) {
        left -= length;
        inPayload = left > 0;
    }

    private void readControl(ByteBuffer bytes, int at, int length, Controls controls) {
        for (int i = 0; i < length; i++) {
            int position = controlHas++;
            control[position] = (byte) (bytes.get(at + i) ^ (mask >>> (24 - 8 * (position & 3))));
        }
        left -= length;
        if (left == 0) {
            endFrame(controls);
        }
    }

    /** A control frame is whole, or a frame of the stream was empty. */
    private void endFrame(Controls controls) {
        inPayload = false;
        switch (opcode) {
            case WsFrames.CLOSE -> status = Status.CLOSED;
            case WsFrames.PING -> controls.ping(control, controlHas);
            case WsFrames.PONG -> controls.pong(control, controlHas);
            default -> {}
        }
    }
}
