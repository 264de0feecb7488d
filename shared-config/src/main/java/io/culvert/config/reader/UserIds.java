package io.culvert.config.reader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** The user ids of VMess and VLESS. A message never repeats one: it is the user's secret. */
final class UserIds {
    /** Xray makes an id of any text up to this many bytes. */
    private static final int MAX_MAPPED_BYTES = 30;

    private static final int HEX_DIGITS = 32;
    private static final int[] GROUPS = {8, 4, 4, 4, 12};
    private static final UUID NOBODY = new UUID(0, 0);

    private UserIds() {}

    /**
     * The id of a user: 32 hexadecimal digits, with a dash or without one between the groups (peers section 5); any
     * shorter text as Xray maps it, which V2Ray refuses.
     */
    static UUID read(Fields user, Report report) {
        Json.Text text = user.textNode("id");
        if (text == null) {
            report.error(user.spotOf("id"), "a user needs an \"id\": invalid UUID");
            return NOBODY;
        }
        String id = text.value();
        int bytes = id.getBytes(StandardCharsets.UTF_8).length;
        if (bytes >= HEX_DIGITS) {
            return parse(text, report);
        }
        if (bytes == 0 || bytes > MAX_MAPPED_BYTES) {
            report.error(text.spot(), "invalid UUID: expected 32 hexadecimal digits, found " + bytes + " characters");
            return NOBODY;
        }
        report.warning(
                text.spot(),
                "not a UUID; an id is derived from this text as Xray does. V2Ray refuses it, and whoever guesses the"
                        + " text is let in");
        return mapped(id);
    }

    private static UUID parse(Json.Text text, Report report) {
        String id = text.value();
        StringBuilder digits = new StringBuilder(HEX_DIGITS);
        int at = 0;
        for (int group : GROUPS) {
            if (at < id.length() && id.charAt(at) == '-') {
                at++;
            }
            for (int i = 0; i < group; i++, at++) {
                char c = at < id.length() ? id.charAt(at) : ' ';
                if (c > 'f' || Character.digit(c, 16) < 0) {
                    report.error(
                            text.spot(),
                            "invalid UUID: expected a hexadecimal digit at its character " + (at + 1) + ", as in "
                                    + "8-4-4-4-12 digits with dashes between");
                    return NOBODY;
                }
                digits.append(c);
            }
        }
        if (at < id.length()) {
            report.warning(text.spot(), "what follows the 32 digits of the UUID is ignored");
        }
        return new UUID(Long.parseUnsignedLong(digits, 0, 16, 16), Long.parseUnsignedLong(digits, 16, HEX_DIGITS, 16));
    }

    /** Xray's mapping: a version 5 UUID of the text in the nil name space. */
    static UUID mapped(String text) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(new byte[16]);
            ByteBuffer hash = ByteBuffer.wrap(sha1.digest(text.getBytes(StandardCharsets.UTF_8)));
            long high = (hash.getLong() & ~0xF000L) | 0x5000L;
            long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
            return new UUID(high, low);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
