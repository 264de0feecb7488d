package io.culvert.launcher.cli;

import io.culvert.files.FileFaults;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Speaks to the admin server of a node on this machine: that of the state folder, or, where it has ended, another of its farm. */
final class AdminClient {
    /** How long an answer may take: a configuration is validated on every node first. */
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);

    private static final Duration CONNECTS_WITHIN = Duration.ofSeconds(5);

    private final Path state;
    private final List<AdminFile> nodes;

    private AdminClient(Path state, List<AdminFile> nodes) {
        this.state = state;
        this.nodes = nodes;
    }

    /** @throws CommandFailure where no node has left word in the state folder */
    static AdminClient of(Path state) throws CommandFailure {
        return new AdminClient(state, AdminFile.readAll(state));
    }

    HttpResponse<String> get(String path) throws CommandFailure, InterruptedException {
        return send(path, HttpRequest.Builder::GET);
    }

    HttpResponse<String> post(String path) throws CommandFailure, InterruptedException {
        return send(path, request -> request.POST(BodyPublishers.noBody()));
    }

    HttpResponse<String> put(String path, String mediaType, String body) throws CommandFailure, InterruptedException {
        return send(path, request -> request.header("Content-Type", mediaType).PUT(BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(String path, UnaryOperator<HttpRequest.Builder> with)
            throws CommandFailure, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECTS_WITHIN)
                .build()) {
            for (AdminFile node : nodes) {
                HttpResponse<String> answer = send(client, node, path, with);
                if (answer != null) {
                    return answer;
                }
            }
        }
        String where = nodes.stream().map(AdminFile::address).collect(Collectors.joining(", "));
        throw new CommandFailure(
                Exit.FAILED,
                "nothing answers at " + where + ", where "
                        + (nodes.size() == 1 ? "the node" : "nodes") + " of the state folder " + state
                        + (nodes.size() == 1 ? " was" : " were"));
    }

    /** Null where nobody listens any more. */
    private static @Nullable HttpResponse<String> send(
            HttpClient client, AdminFile node, String path, UnaryOperator<HttpRequest.Builder> with)
            throws CommandFailure, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + node.address() + path))
                .header("Authorization", "Bearer " + token(node))
                .timeout(ANSWERS_WITHIN);
        try {
            HttpResponse<String> answer = client.send(with.apply(request).build(), BodyHandlers.ofString());
            if (answer.statusCode() == 401) {
                throw new CommandFailure(
                        Exit.FAILED, "the node at " + node.address() + " does not take the token in " + node.token());
            }
            return answer;
        } catch (ConnectException _) {
            return null;
        } catch (IOException e) {
            throw new CommandFailure(
                    Exit.FAILED, "the node at " + node.address() + " did not answer: " + FileFaults.reason(e));
        }
    }

    private static String token(AdminFile node) throws CommandFailure {
        try {
            return Files.readString(node.token()).strip();
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, "the token cannot be read: " + FileFaults.of(e));
        }
    }
}
