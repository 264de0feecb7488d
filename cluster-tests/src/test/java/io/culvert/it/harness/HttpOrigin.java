package io.culvert.it.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A web server that answers {@code METHOD path bytes-of-body} to everything. */
public final class HttpOrigin implements AutoCloseable {
    private final HttpServer server;
    private final AtomicInteger served = new AtomicInteger();
    private volatile Map<String, String> lastHeaders = Map.of();

    /** Starts on a free port of 127.0.0.1. */
    public HttpOrigin() {
        this(InetAddress.getLoopbackAddress());
    }

    /** Starts on a free port of an address. */
    public HttpOrigin(InetAddress address) {
        try {
            server = HttpServer.create(new InetSocketAddress(address, Ports.free()), 64);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::serve);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    /** A URL on this server by 127.0.0.1. */
    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** How many requests came. */
    public int served() {
        return served.get();
    }

    /** The headers of the last request by their names in lower case. */
    public Map<String, String> lastHeaders() {
        return lastHeaders;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            served.incrementAndGet();
            Map<String, String> headers = new TreeMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(", ", values)));
            lastHeaders = headers;
            int body = exchange.getRequestBody().readAllBytes().length;
            byte[] answer = "%s %s %d"
                    .formatted(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI().getPath(),
                            body)
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
