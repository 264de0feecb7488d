package io.culvert.admin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;

/** A bearer token, of the admin API or of the metrics, in a file that only its owner may read. */
final class AdminToken {
    private static final int TOKEN_BYTES = 32;
    private static final int MIN_CHARS = 16;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final byte[] token;

    private AdminToken(byte[] token) {
        this.token = token;
    }

    /**
     * Reads the token, or makes one. Blocks.
     *
     * @throws IOException also where others may read the file, or it holds too little to be a secret
     */
    static AdminToken loadOrCreate(Path file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            byte[] random = new byte[TOKEN_BYTES];
            new SecureRandom().nextBytes(random);
            byte[] text = Base64.getUrlEncoder().withoutPadding().encode(random);
            channel.write(ByteBuffer.wrap(text));
            return new AdminToken(text);
        } catch (FileAlreadyExistsException _) {
            return load(file);
        }
    }

    private static AdminToken load(Path file) throws IOException {
        EnumSet<PosixFilePermission> others = EnumSet.copyOf(Files.getPosixFilePermissions(file));
        others.removeAll(OWNER_ONLY);
        if (!others.isEmpty()) {
            throw new IOException(file + ": others may use this token file; set its mode to 600");
        }
        byte[] text = Files.readString(file).strip().getBytes(StandardCharsets.UTF_8);
        if (text.length < MIN_CHARS) {
            throw new IOException(file + ": a token has at least " + MIN_CHARS + " characters");
        }
        return new AdminToken(text);
    }

    /** Whether an Authorization header carries the token; takes the same time for every wrong one of a length. */
    boolean permits(String authorization) {
        String scheme = "Bearer ";
        return authorization.regionMatches(true, 0, scheme, 0, scheme.length())
                && MessageDigest.isEqual(
                        token, authorization.substring(scheme.length()).strip().getBytes(StandardCharsets.UTF_8));
    }
}
