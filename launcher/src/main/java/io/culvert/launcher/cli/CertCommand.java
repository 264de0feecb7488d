package io.culvert.launcher.cli;

import io.culvert.files.FileFaults;
import io.culvert.launcher.cert.SelfSigned;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code culvert cert}, with the options of {@code v2ctl cert}. */
@Command(name = "cert", description = "Makes a self-signed certificate and its key.")
final class CertCommand extends HelpfulCommand {
    private final CliContext context;

    @Option(
            names = {"-domain", "--domain"},
            paramLabel = "NAME",
            description = "A domain or IP address that it is for; may be given several times.")
    private List<String> domains = new ArrayList<>();

    @Option(
            names = {"-name", "--name"},
            paramLabel = "TEXT",
            description = "The common name; Culvert unless given.")
    private String name = "Culvert";

    @Option(
            names = {"-org", "--org"},
            paramLabel = "TEXT",
            description = "The organisation; Culvert unless given.")
    private String organisation = "Culvert";

    @Option(
            names = {"-ca", "--ca"},
            description = "It may sign other certificates.")
    private boolean ca;

    @Option(
            names = {"-expire", "--expire"},
            paramLabel = "DURATION",
            description = "How long it is valid, for example 90d or 2160h (which is the default).")
    private String expire = "2160h";

    @Option(
            names = {"-file", "--file"},
            paramLabel = "PREFIX",
            description = "Writes PREFIX_cert.pem and PREFIX_key.pem.")
    private @Nullable String file;

    @Option(
            names = {"-json", "--json"},
            description = "Prints JSON for a configuration's certificates; the default without --file.")
    private @Nullable Boolean json;

    CertCommand(CliContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        SelfSigned made = make();
        if (file != null) {
            try {
                write(Path.of(file + "_key.pem"), made.keyPem());
                write(Path.of(file + "_cert.pem"), made.certificatePem());
            } catch (FileAlreadyExistsException e) {
                throw new CommandFailure(Exit.FAILED, e.getMessage() + " exists already");
            } catch (IOException e) {
                throw new CommandFailure(Exit.FAILED, "the certificate cannot be written: " + FileFaults.of(e));
            }
        }
        if (json == null ? file == null : json) {
            context.out()
                    .println(new JsonObject()
                            .put("certificate", lines(made.certificatePem()))
                            .put("key", lines(made.keyPem()))
                            .encodePrettily());
        }
        return Exit.OK;
    }

    private SelfSigned make() throws CommandFailure {
        Duration validity = GoDuration.parse(expire);
        if (validity == null || validity.isNegative() || validity.isZero()) {
            throw new CommandFailure(
                    Exit.USAGE, "--expire wants a duration such as 90d or 2160h, not \"" + expire + "\"");
        }
        try {
            return SelfSigned.create(
                    new SelfSigned.Request(name, organisation, domains, ca, validity),
                    Instant.now(),
                    new SecureRandom());
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.USAGE, String.valueOf(e.getMessage()));
        }
    }

    private static void write(Path path, String text) throws IOException {
        FileAttribute<?> ownerOnly = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel = Files.newByteChannel(
                path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
            channel.write(StandardCharsets.US_ASCII.encode(text));
        }
    }

    private static JsonArray lines(String pem) {
        return new JsonArray(pem.lines().toList());
    }
}
