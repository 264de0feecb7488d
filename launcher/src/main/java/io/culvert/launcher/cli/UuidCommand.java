package io.culvert.launcher.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code culvert uuid}. */
@Command(name = "uuid", description = "Makes a UUID for a user.")
final class UuidCommand extends HelpfulCommand {
    /** Xray maps texts up to this length, in bytes. */
    private static final int MAX_TEXT = 30;

    private static final int VERSION_5 = 0x50;
    private static final int VARIANT = 0x80;

    private final CliContext context;

    @Option(
            names = {"-i", "--input"},
            paramLabel = "TEXT",
            description = "The UUID that Xray clients derive from a text of up to 30 bytes, instead of a random one.")
    private @Nullable String text;

    UuidCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        context.out().println(text == null ? UUID.randomUUID() : ofText(text));
        return Exit.OK;
    }

    /** A version 5 UUID in the namespace of sixteen zero bytes. */
    static UUID ofText(String text) throws CommandFailure {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_TEXT) {
            throw new CommandFailure(Exit.USAGE, "an ID is a UUID, or a text of 1 to " + MAX_TEXT + " bytes");
        }
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(new byte[16]);
            byte[] digest = sha1.digest(bytes);
            digest[6] = (byte) ((digest[6] & 0x0f) | VERSION_5);
            digest[8] = (byte) ((digest[8] & 0x3f) | VARIANT);
            ByteBuffer halves = ByteBuffer.wrap(digest);
            return new UUID(halves.getLong(), halves.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
