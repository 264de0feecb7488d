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

/** Speaks to the admin server of a node on this machine. */
final class AdminClient {
    /** How long an answer may take: a configuration is validated on every node first. */
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);

    private static final Duration CONNECTS_WITHIN = Duration.ofSeconds(5);

    private final Path state;
    private final AdminFile admin;
    private final String token;

    private AdminClient(Path state, AdminFile admin, String token) {
        this.state = state;
        this.admin = admin;
        this.token = token;
    }

    /** @throws CommandFailure where no node has left word in the state folder */
    static AdminClient of(Path state) throws CommandFailure {
        AdminFile admin = AdminFile.read(state);
        try {
            return new AdminClient(state, admin, Files.readString(admin.token()).strip());
        } catch (IOException e) {
            throw new CommandFailure(Exit.FAILED, "the token cannot be read: " + FileFaults.of(e));
        }
    }

    HttpResponse<String> get(String path) throws CommandFailure, InterruptedException {
        return send(request(path).GET());
    }

    HttpResponse<String> post(String path) throws CommandFailure, InterruptedException {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    HttpResponse<String> put(String path, String mediaType, String body) throws CommandFailure, InterruptedException {
        return send(request(path).header("Content-Type", mediaType).PUT(BodyPublishers.ofString(body)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + admin.address() + path))
                .header("Authorization", "Bearer " + token)
                .timeout(ANSWERS_WITHIN);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws CommandFailure, InterruptedException {
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECTS_WITHIN)
                .build()) {
            HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
            if (answer.statusCode() == 401) {
                throw new CommandFailure(
                        Exit.FAILED, "the node at " + admin.address() + " does not take the token in " + admin.token());
            }
            return answer;
        } catch (ConnectException _) {
            throw new CommandFailure(
                    Exit.FAILED,
                    "nothing answers at " + admin.address() + ", where the node of the state folder " + state + " was");
        } catch (IOException e) {
            throw new CommandFailure(
                    Exit.FAILED, "the node at " + admin.address() + " did not answer: " + FileFaults.reason(e));
        }
    }
}
