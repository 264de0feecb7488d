package io.culvert.config.reader;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * A configuration from a web server, as V2Ray 4.34 loads it: one GET, 30 seconds for all of it, and nothing but status 200 is an
 * answer. Certificates are checked against the authorities that this Java trusts.
 */
final class ConfigFetch {
    static final Duration WITHIN = Duration.ofSeconds(30);

    private ConfigFetch() {}

    /**
     * The body of the answer. Blocks.
     *
     * @param most the longest body, in bytes
     * @throws IOException with the reason in words
     */
    static byte[] get(String address, int most) throws IOException {
        return get(address, most, WITHIN);
    }

    /** {@link #get(String, int)} with another deadline. */
    static byte[] get(String address, int most, Duration within) throws IOException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(address)).GET().build();
        } catch (IllegalArgumentException _) {
            throw new IOException("this is no address of a web server");
        }
        // Redirects as in V2Ray, but none from https to http.
        HttpClient client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        try {
            // The deadline is for the body too, which the client's own is not.
            CompletableFuture<HttpResponse<byte[]>> answered =
                    client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), most));
            HttpResponse<byte[]> answer = answered.get(within.toMillis(), TimeUnit.MILLISECONDS);
            if (answer.statusCode() != 200) {
                throw new IOException("the server answered " + answer.statusCode());
            }
            return answer.body();
        } catch (TimeoutException _) {
            throw new IOException("no whole answer within " + within.toSeconds() + " s");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw new IOException(reason(cause == null ? e : cause, most), e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        } finally {
            client.shutdownNow();
        }
    }

    private static String reason(Throwable fault, int most) {
        Throwable root = rootOf(fault);
        return switch (fault) {
            case SSLException _ -> "TLS: " + root.getMessage();
            case ConnectException _ ->
                root instanceof UnresolvedAddressException || root instanceof UnknownHostException
                        ? "the name of the server does not resolve"
                        : "no connection to the server";
            case IOException io
            when String.valueOf(io.getMessage()).contains("exceeds capacity") ->
                "larger than " + most + " bytes, the limit";
            default -> "the connection failed: " + root.getMessage();
        };
    }

    private static Throwable rootOf(Throwable fault) {
        Throwable root = fault;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
