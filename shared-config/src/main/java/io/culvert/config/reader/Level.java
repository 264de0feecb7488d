package io.culvert.config.reader;

/** The policy level of a user. */
final class Level {
    private Level() {}

    /** V2Ray's levels are unsigned 32 bit numbers; beyond 2^31 they stay distinct as negative ones. */
    static int read(Fields fields, String key) {
        return (int) fields.number(key, 0, Fields.UINT32, 0);
    }
}
