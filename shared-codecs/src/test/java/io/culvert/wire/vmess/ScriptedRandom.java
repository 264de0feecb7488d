package io.culvert.wire.vmess;

import java.io.ByteArrayOutputStream;
import java.util.random.RandomGenerator;

/** A random source that gives out bytes laid down beforehand, and fails when they run out. */
final class ScriptedRandom implements RandomGenerator {
    private final ByteArrayOutputStream laidDown = new ByteArrayOutputStream();
    private int given;

    ScriptedRandom bytes(byte[] bytes) {
        laidDown.writeBytes(bytes);
        return this;
    }

    /** Lays down what {@link #nextInt(int)} gives out, one byte. */
    ScriptedRandom number(int value) {
        laidDown.write(value);
        return this;
    }

    @Override
    public void nextBytes(byte[] bytes) {
        System.arraycopy(laidDown.toByteArray(), given, bytes, 0, bytes.length);
        given += bytes.length;
    }

    @Override
    public int nextInt(int bound) {
        int value = laidDown.toByteArray()[given++] & 0xFF;
        if (value >= bound) {
            throw new IllegalStateException("scripted " + value + " where " + bound + " is the bound");
        }
        return value;
    }

    @Override
    public long nextLong() {
        throw new UnsupportedOperationException("codecs draw bytes and bounded numbers");
    }
}
