package io.culvert.wire.http;

import io.culvert.testkit.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Requests with bytes changed, dropped, doubled and mixed, by a fixed seed: the invariants of the fuzz target hold. */
class HttpMutationTest {
    private static final int TRIES = 1_000;
    /** In these, {@code |} stands for CR LF. */
    private static final List<String> WORDS = List.of(
            "|",
            "\n",
            "\r",
            "||",
            " ",
            "\t",
            "0||",
            ": ",
            ",",
            "Content-Length: 3|",
            "Transfer-Encoding: chunked|",
            "Connection: X|",
            "Host: a.example|",
            "HTTP/1.0",
            "http://a.example",
            "@",
            "#",
            "5|hello|",
            ";",
            "/",
            "Proxy-Connection: keep-alive|",
            "GET ",
            "\u0000",
            "\u00ff");

    @Test
    void mutatedRequestsHaveOneMeaningOrNone() {
        List<String> seeds = new ArrayList<>();
        Vectors.load("http_proxy.json")
                .required("inbound")
                .forEach(vector -> vector.required("client_sends")
                        .forEach(text -> seeds.add(text.textValue().replace("UPSTREAM", "a.example"))));
        String pipeline = "POST http://a.example/ HTTP/1.1|Proxy-Connection: keep-alive|Transfer-Encoding: chunked||"
                + "5;x|hello|0|T: 1||GET http://a.example/ HTTP/1.1||";
        seeds.add(pipeline.replace("|", "\r\n"));
        Random random = new Random(20_261_120);
        for (int i = 0; i < TRIES; i++) {
            StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int changes = random.nextInt(4); changes >= 0; changes--) {
                mutate(text, random);
            }
            byte[] data = text.toString().getBytes(StandardCharsets.ISO_8859_1);
            try {
                HttpFuzzTest.checkRequests(data);
            } catch (AssertionError e) {
                throw new AssertionError("after " + text, e);
            }
        }
    }

    private static void mutate(StringBuilder text, Random random) {
        int at = random.nextInt(text.length() + 1);
        int length = random.nextInt(Math.min(20, text.length() - at) + 1);
        switch (random.nextInt(4)) {
            case 0 -> text.delete(at, at + length);
            case 1 -> text.insert(at, text.substring(at, at + length));
            case 2 -> text.insert(at, WORDS.get(random.nextInt(WORDS.size())).replace("|", "\r\n"));
            default -> text.insert(at, (char) random.nextInt(256));
        }
    }
}
