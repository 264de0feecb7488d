package io.culvert.launcher.link;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * {@code vmess://} and the base64 of v2rayN's JSON, version 2. Every value is written as a string; numbers, URL-safe and
 * unpadded base64 are read as well.
 *
 * @param alterId 0 for AEAD headers
 */
public record VmessLink(
        String name,
        String host,
        int port,
        UUID id,
        int alterId,
        LinkTransport transport,
        @Nullable ClientTls tls) implements ShareLink {
    static final String SCHEME = "vmess://";

    @Override
    public String text() {
        JsonObject json = new JsonObject()
                .put("v", "2")
                .put("ps", name)
                .put("add", host)
                .put("port", Integer.toString(port))
                .put("id", id.toString())
                .put("aid", Integer.toString(alterId))
                .put("scy", "auto")
                .put("net", transport.network())
                .put("type", transport.type())
                .put("host", transport.host())
                .put("path", transport.path())
                .put("tls", tls == null ? "" : "tls")
                .put("sni", tls == null ? "" : tls.serverName())
                .put("alpn", tls == null ? "" : String.join(",", tls.alpn()))
                .put("fp", "");
        if (tls != null && tls.allowInsecure()) {
            json.put("insecure", "1");
        }
        if (tls != null && !tls.pin().isEmpty()) {
            json.put("pcs", tls.pin());
        }
        return SCHEME + Base64.getEncoder().encodeToString(json.encode().getBytes(StandardCharsets.UTF_8));
    }

    static VmessLink parse(String link) {
        JsonObject json = decode(link.substring(SCHEME.length()));
        LinkTransport transport =
                LinkTransport.ofWords(text(json, "net"), text(json, "type"), text(json, "host"), text(json, "path"));
        ClientTls tls = text(json, "tls").equals("tls")
                ? new ClientTls(
                        text(json, "sni"),
                        text(json, "pcs"),
                        text(json, "insecure").equals("1"),
                        LinkText.list(text(json, "alpn")))
                : null;
        return new VmessLink(
                text(json, "ps"),
                text(json, "add"),
                LinkText.port(text(json, "port")),
                LinkText.id(text(json, "id")),
                LinkText.number(text(json, "aid")),
                transport,
                tls);
    }

    private static JsonObject decode(String body) {
        String standard = body.replace('-', '+').replace('_', '/').replace("=", "");
        try {
            return new JsonObject(new String(Base64.getDecoder().decode(standard), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException | DecodeException _) {
            throw new IllegalArgumentException("the link is not base64 of a JSON object");
        }
    }

    private static String text(JsonObject json, String key) {
        Object value = json.getValue(key);
        return value == null ? "" : value.toString();
    }
}
