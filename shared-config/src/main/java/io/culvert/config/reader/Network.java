package io.culvert.config.reader;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The transports by the words of {@code network}, and which of them this version can run. */
enum Network {
    TCP(Stage.BUILT, "tcp", "raw"),

    /** The HTTP disguise of {@code tcp}, which has no word of its own. */
    TCP_HTTP(Stage.BUILT, "", ""),

    WEB_SOCKET(Stage.BUILT, "ws", "websocket"),

    HTTP_UPGRADE(Stage.BUILT, "httpupgrade", ""),

    HTTP2(Stage.BUILT, "http", "h2"),

    GRPC(Stage.BUILT, "grpc", "gun"),

    KCP(Stage.BUILT, "kcp", "mkcp"),

    QUIC(Stage.BUILT, "quic", ""),

    DOMAIN_SOCKET(Stage.BUILT, "ds", "domainsocket");

    /** Whether settings are only read and checked, or can be run. */
    private enum Stage {
        READ,
        BUILT
    }

    /** Every word that names a transport. */
    static final List<String> WORDS = Arrays.stream(values())
            .flatMap(one -> Stream.of(one.word, one.synonym))
            .filter(word -> !word.isEmpty())
            .toList();

    private final Stage stage;
    private final String word;
    private final String synonym;

    Network(Stage stage, String word, String synonym) {
        this.stage = stage;
        this.word = word;
        this.synonym = synonym;
    }

    /** The transport of a word, whose case does not matter, or null. */
    static @Nullable Network of(String written) {
        if (written.isEmpty()) {
            return null;
        }
        String lower = written.toLowerCase(Locale.ROOT);
        for (Network one : values()) {
            if (one.word.equals(lower) || one.synonym.equals(lower)) {
                return one;
            }
        }
        return null;
    }

    boolean isBuilt() {
        return stage == Stage.BUILT;
    }
}
