package io.culvert.bus;

import io.culvert.wire.Decoded;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Carries one kind of control message over the event bus: within a node the same immutable instance, between nodes its
 * {@link RecordFormat} behind a length of two bytes.
 *
 * @param <T> the immutable value
 */
final class RecordMessageCodec<T> implements MessageCodec<T, T> {
    private static final int LENGTH_BYTES = 2;
    private static final byte USER_CODEC = -1;

    private final String name;
    private final RecordFormat<T> format;

    RecordMessageCodec(String name, RecordFormat<T> format) {
        this.name = name;
        this.format = format;
    }

    /** @throws BusFormatException where the value is longer than its format allows */
    @Override
    public void encodeToWire(Buffer buffer, T value) {
        byte[] bytes = format.encode(value);
        buffer.appendUnsignedShort(bytes.length).appendBytes(bytes);
    }

    /** @throws BusFormatException where the bytes are not a whole message of this kind */
    @Override
    public T decodeFromWire(int position, Buffer buffer) {
        int start = position + LENGTH_BYTES;
        if (start > buffer.length()) {
            throw new BusFormatException("message without a length");
        }
        int length = buffer.getUnsignedShort(position);
        if (length > format.maxBytes() || length > buffer.length() - start) {
            throw new BusFormatException("message of an impossible length");
        }
        return switch (format.decode(buffer.getBytes(start, start + length))) {
            case Decoded.Complete<T>(T value) -> value;
            case Decoded.NeedMore<T> _ -> throw new IllegalStateException("a message arrives whole");
            case Decoded.Malformed<T>(var _, String why) -> throw new BusFormatException(why);
        };
    }

    @Override
    public T transform(T value) {
        return value;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public byte systemCodecID() {
        return USER_CODEC;
    }
}
