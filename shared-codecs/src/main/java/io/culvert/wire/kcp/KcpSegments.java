package io.culvert.wire.kcp;

/**
 * The segments of a packet (wire-formats section 16.1): a cursor that reads them one after the other, and what writes them.
 * Numbers are 32 bits and wrap.
 */
public final class KcpSegments {
    static final int ACK = 0;
    static final int DATA = 1;
    static final int TERMINATE = 2;
    static final int PING = 3;

    /** The option of a sender that has closed. */
    static final int CLOSED = 0x01;

    static final int DATA_HEADER = 18;
    static final int ACK_HEADER = 17;
    static final int COMMAND_SIZE = 16;
    /** The most numbers of an ack. */
    static final int MOST_NUMBERS = 128;

    private static final int PREFIX = 4;
    /** What the reference wants behind the prefix before it looks further. */
    private static final int LEAST_AFTER_PREFIX = 12;

    private byte[] in = new byte[0];
    private int at;
    private int end;
    private int conversation;
    private int command;
    private int option;
    /** Where the fields behind the prefix begin. */
    private int body;

    /** Starts on the segments of a packet, from 0 on. */
    void start(byte[] segments, int length) {
        in = segments;
        at = 0;
        end = length;
    }

    /** Moves to the next segment; false at the end, or at what is no segment: nothing behind it is looked at. */
    boolean next() {
        if (end - at < PREFIX + LEAST_AFTER_PREFIX) {
            return false;
        }
        conversation = Bytes.getShort(in, at);
        command = in[at + 2];
        option = in[at + 3];
        body = at + PREFIX;
        int size = size();
        if (size < 0 || size > end - at) {
            return false;
        }
        at += size;
        return true;
    }

    private int size() {
        return switch (command) {
            // The shortest data segment that the reference reads has a byte behind its header or another segment.
            case DATA -> end - at <= DATA_HEADER ? -1 : DATA_HEADER + Bytes.getShort(in, body + 12);
            case ACK -> {
                if (end - at < ACK_HEADER) {
                    yield -1;
                }
                int count = in[body + 12] & 0xFF;
                yield count > MOST_NUMBERS ? -1 : ACK_HEADER + 4 * count;
            }
            default -> COMMAND_SIZE;
        };
    }

    /** The conversation of the first segment, or -1 where there is none that begins one: data near the start. */
    public static int opening(byte[] segments, int length, int within) {
        if (length <= DATA_HEADER || segments[2] != DATA) {
            return -1;
        }
        int number = Bytes.getInt(segments, 8);
        return number >= 0 && number < within ? Bytes.getShort(segments, 0) : -1;
    }

    /** The conversation of the first segment, or -1 where there is none. */
    public static int conversation(byte[] segments, int length) {
        return length < PREFIX + LEAST_AFTER_PREFIX ? -1 : Bytes.getShort(segments, 0);
    }

    int conversation() {
        return conversation;
    }

    int command() {
        return command;
    }

    boolean closed() {
        return (option & CLOSED) != 0;
    }

    int dataTimestamp() {
        return Bytes.getInt(in, body);
    }

    int dataNumber() {
        return Bytes.getInt(in, body + 4);
    }

    int dataSendingNext() {
        return Bytes.getInt(in, body + 8);
    }

    int dataLength() {
        return Bytes.getShort(in, body + 12);
    }

    /** What the segments stand in. */
    byte[] array() {
        return in;
    }

    /** Where the payload begins in {@link #array}. */
    int dataAt() {
        return body + 14;
    }

    int ackWindow() {
        return Bytes.getInt(in, body);
    }

    int ackReceivingNext() {
        return Bytes.getInt(in, body + 4);
    }

    int ackTimestamp() {
        return Bytes.getInt(in, body + 8);
    }

    int ackCount() {
        return in[body + 12] & 0xFF;
    }

    int ackNumber(int index) {
        return Bytes.getInt(in, body + 13 + 4 * index);
    }

    int commandSendingNext() {
        return Bytes.getInt(in, body);
    }

    int commandReceivingNext() {
        return Bytes.getInt(in, body + 4);
    }

    int commandPeerRto() {
        return Bytes.getInt(in, body + 8);
    }

    /** Writes the header of a data segment; the payload belongs at {@code at + DATA_HEADER}. */
    static void writeData(
            byte[] to, int at, int conversation, int option, int timestamp, int number, int sendingNext, int length) {
        writePrefix(to, at, conversation, DATA, option);
        Bytes.putInt(to, at + 4, timestamp);
        Bytes.putInt(to, at + 8, number);
        Bytes.putInt(to, at + 12, sendingNext);
        Bytes.putShort(to, at + 16, length);
    }

    /** Writes an ack but for its numbers, of which number {@code i} belongs at {@code at + ACK_HEADER + 4 * i}. */
    static int writeAck(
            byte[] to, int at, int conversation, int option, int window, int receivingNext, int timestamp, int count) {
        writePrefix(to, at, conversation, ACK, option);
        Bytes.putInt(to, at + 4, window);
        Bytes.putInt(to, at + 8, receivingNext);
        Bytes.putInt(to, at + 12, timestamp);
        to[at + 16] = (byte) count;
        return ACK_HEADER + 4 * count;
    }

    /** Writes a ping or a terminate. */
    static int writeCommand(
            byte[] to, int at, int conversation, int command, int option, int sendingNext, int receivingNext, int rto) {
        writePrefix(to, at, conversation, command, option);
        Bytes.putInt(to, at + 4, sendingNext);
        Bytes.putInt(to, at + 8, receivingNext);
        Bytes.putInt(to, at + 12, rto);
        return COMMAND_SIZE;
    }

    private static void writePrefix(byte[] to, int at, int conversation, int command, int option) {
        Bytes.putShort(to, at, conversation);
        to[at + 2] = (byte) command;
        to[at + 3] = (byte) option;
    }
}
