package io.culvert.config.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConfigFetchTest {
    private static final int MOST = 100;

    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer server = serverOf();

    private static HttpServer serverOf() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() {
        server.createContext("/config.json", exchange -> answer(exchange, 200, "{}"));
        server.createContext("/404", exchange -> answer(exchange, 404, "{}"));
        server.createContext("/long", exchange -> answer(exchange, 200, "x".repeat(MOST + 1)));
        server.createContext("/moved", exchange -> {
            exchange.getResponseHeaders().add("Location", "/config.json");
            answer(exchange, 302, "");
        });
        server.createContext("/half", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private String address(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    @Test
    void aConfigurationIsLoaded() {
        ConfigFiles.Found found = ConfigFiles.find(
                List.of(address("/config.json"), address("/404")),
                null,
                Path.of(""),
                Loads.environment(Map.of()),
                new ByteArrayInputStream(new byte[0]));
        assertThat(found.sources()).containsExactly(new Source(address("/config.json"), "{}"));
        assertThat(found.diagnostics().stream().map(Object::toString))
                .containsExactly(address("/404") + ":1:1  error  cannot be loaded: the server answered 404");
    }

    @Test
    void aRedirectIsFollowed() throws IOException {
        assertThat(ConfigFetch.get(address("/moved"), MOST)).hasSize(2);
    }

    @Test
    void whatIsTooLongOrTooSlowIsGivenUp() {
        assertThatThrownBy(() -> ConfigFetch.get(address("/long"), MOST))
                .hasMessage("larger than " + MOST + " bytes, the limit");
        assertThatThrownBy(() -> ConfigFetch.get(address("/half"), MOST, Duration.ofSeconds(1)))
                .hasMessage("no whole answer within 1 s");
    }

    @Test
    void whoeverDoesNotAnswerIsSaidInWords() {
        String address = address("/config.json");
        server.stop(0);
        assertThatThrownBy(() -> ConfigFetch.get(address, MOST)).hasMessage("no connection to the server");
        assertThatThrownBy(() -> ConfigFetch.get("http://no.such.host.invalid/", MOST))
                .hasMessage("the name of the server does not resolve");
        server = serverOf();
    }
}
