package io.culvert.it.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** The admin API of a Culvert, found by its state folder as the commands find it. */
public final class Admin implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String address;
    private final String token;

    private Admin(String address, String token) {
        this.address = address;
        this.token = token;
    }

    static Admin in(Path folder) {
        Path file = folder.resolve("admin.json");
        Await.until(Duration.ofSeconds(10), () -> "no " + file, () -> Files.exists(file));
        try {
            JsonNode found = JSON.readTree(Files.readString(file));
            return new Admin(
                    found.path("address").asText(),
                    Files.readString(Path.of(found.path("token").asText())).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An answer. */
    public record Answer(int status, JsonNode body) {}

    /** Puts a configuration. */
    public Answer apply(String text) {
        return send(request("/api/config").PUT(HttpRequest.BodyPublishers.ofString(text)));
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer delete(String path) {
        return send(request(path).DELETE());
    }

    /** The sum of a metric over those of its label sets that hold all the given ones, as in {@code cause="completed"}. */
    public double metric(String name, String... labels) {
        HttpResponse<String> page = exchange(request("/metrics").GET());
        List<String> all = page.body()
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .toList();
        if (all.isEmpty()) {
            throw new AssertionError("no " + name + " in the answer with status " + page.statusCode());
        }
        return all.stream()
                .filter(line -> Arrays.stream(labels).allMatch(line::contains))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + address + path))
                .header("Authorization", "Bearer " + token)
                .timeout(ANSWERS_WITHIN);
    }

    private Answer send(HttpRequest.Builder request) {
        HttpResponse<String> answer = exchange(request);
        try {
            return new Answer(answer.statusCode(), JSON.readTree(answer.body()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> exchange(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
