package io.culvert.model;

import org.jspecify.annotations.Nullable;

/** Strict IP literals: dotted quads of four decimal parts, and IPv6 per RFC 4291. Nothing is ever looked up. */
public final class IpLiterals {
    private IpLiterals() {}

    /**
     * Parses an IP literal.
     *
     * @param text the text; IPv6 may stand in brackets; no zone
     * @return 4 or 16 bytes, or null where the text is not a literal
     */
    public static byte @Nullable [] parse(String text) {
        String bare = text;
        if (text.length() > 2 && text.charAt(0) == '[' && text.charAt(text.length() - 1) == ']') {
            bare = text.substring(1, text.length() - 1);
            return bare.indexOf(':') < 0 ? null : parseV6(bare);
        }
        return bare.indexOf(':') >= 0 ? parseV6(bare) : parseV4(bare, 0, bare.length());
    }

    private static byte @Nullable [] parseV4(String text, int from, int to) {
        byte[] out = new byte[4];
        int part = 0;
        int at = from;
        while (part < 4) {
            int value = 0;
            int digits = 0;
            while (at < to && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                // A leading zero is refused: some readers take it as octal, and an ambiguity is a hole in a guard.
                if (digits > 0 && value == 0) {
                    return null;
                }
                value = value * 10 + (text.charAt(at) - '0');
                if (value > 255) {
                    return null;
                }
                digits++;
                at++;
            }
            if (digits == 0) {
                return null;
            }
            out[part++] = (byte) value;
            if (part < 4) {
                if (at >= to || text.charAt(at) != '.') {
                    return null;
                }
                at++;
            }
        }
        return at == to ? out : null;
    }

    private static byte @Nullable [] parseV6(String text) {
        byte[] out = new byte[16];
        int filled = 0;
        int gap = -1;
        int at = 0;
        int end = text.length();
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        } else if (text.startsWith(":")) {
            return null;
        }
        while (at < end) {
            int stop = at;
            while (stop < end && text.charAt(stop) != ':') {
                stop++;
            }
            if (text.indexOf('.', at) >= 0 && stop == end) {
                byte[] v4 = parseV4(text, at, end);
                if (v4 == null || filled > 12) {
                    return null;
                }
                System.arraycopy(v4, 0, out, filled, 4);
                filled += 4;
                at = end;
                break;
            }
            int group = parseHexGroup(text, at, stop);
            if (group < 0 || filled > 14) {
                return null;
            }
            out[filled++] = (byte) (group >> 8);
            out[filled++] = (byte) group;
            at = stop;
            if (at < end) {
                at++;
                if (at == end) {
                    return null;
                }
                if (text.charAt(at) == ':') {
                    if (gap >= 0) {
                        return null;
                    }
                    gap = filled;
                    at++;
                }
            }
        }
        if (gap < 0) {
            return filled == 16 ? out : null;
        }
        if (filled == 16) {
            return null;
        }
        int tail = filled - gap;
        byte[] wide = new byte[16];
        System.arraycopy(out, 0, wide, 0, gap);
        System.arraycopy(out, gap, wide, 16 - tail, tail);
        return wide;
    }

    private static int parseHexGroup(String text, int from, int to) {
        if (to - from < 1 || to - from > 4) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < to; i++) {
            int digit = Character.digit(text.charAt(i), 16);
            if (digit < 0 || text.charAt(i) > 'f') {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
