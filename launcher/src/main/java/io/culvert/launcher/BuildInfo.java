package io.culvert.launcher;

import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What runs here: the version and the native parts that this machine lets it use. */
public final class BuildInfo {
    private static final String VERSION = read();

    private BuildInfo() {}

    /** The version, for example {@code 0.1.0}. */
    public static String version() {
        return VERSION;
    }

    /** {@code culvert 0.1.0 (jdk 25.0.1, epoll, boringssl)}. Loads the native libraries. */
    public static String banner() {
        return "culvert " + VERSION + " (jdk " + jdk() + ", " + transport() + ", " + tls() + ")";
    }

    /** {@code epoll}, or {@code nio} where it cannot be used. */
    public static String transport() {
        return Epoll.isAvailable() ? "epoll" : "nio";
    }

    private static String jdk() {
        Runtime.Version jdk = Runtime.version();
        return jdk.feature() + "." + jdk.interim() + "." + jdk.update();
    }

    private static String tls() {
        return OpenSsl.isAvailable() ? "boringssl" : "jsse";
    }

    private static String read() {
        try (InputStream in = BuildInfo.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("build.properties is not on the class path");
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version", "unknown");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
