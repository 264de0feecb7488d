package io.culvert.it.harness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * A configuration in V2Ray's JSON, put together piece by piece. Pieces are given in relaxed JSON: single quotes and bare keys
 * keep them readable in Java.
 */
public final class NodeConfig {
    private static final JsonMapper RELAXED = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .build();

    private final ObjectNode root = RELAXED.createObjectNode();
    private final Set<Integer> listeners = new HashSet<>();
    private final Set<Integer> datagramListeners = new HashSet<>();
    private final Set<Path> socketFiles = new HashSet<>();
    private final Set<String> abstractSockets = new HashSet<>();

    /** An empty configuration that logs warnings to the console. */
    public NodeConfig() {
        root.set("log", parse("{loglevel: 'warning'}"));
    }

    /** Adds an inbound on a port of 127.0.0.1 over plain TCP. */
    public NodeConfig inbound(String tag, int port, String protocol, String settings) {
        return inbound(tag, "127.0.0.1", port, protocol, settings, "{}");
    }

    /** Adds an inbound with its {@code streamSettings}. */
    public NodeConfig inbound(
            String tag, String listen, int port, String protocol, String settings, String streamSettings) {
        return inbound(tag, listen, port, 1, protocol, settings, streamSettings);
    }

    /** Adds an inbound on {@code ports} neighbouring ports. */
    public NodeConfig inbound(
            String tag, String listen, int port, int ports, String protocol, String settings, String streamSettings) {
        ObjectNode inbound = root.withArrayProperty("inbounds").addObject();
        inbound.put("tag", tag).put("listen", listen).put("protocol", protocol);
        if (ports == 1) {
            inbound.put("port", port);
        } else {
            inbound.put("port", port + "-" + (port + ports - 1));
        }
        JsonNode parsed = parse(settings);
        inbound.set("settings", parsed);
        JsonNode stream = parse(streamSettings);
        inbound.set("streamSettings", stream);
        if (!parsed.path("network").asText("tcp").equals("udp")) {
            for (int i = 0; i < ports; i++) {
                addListener(stream, port + i);
            }
        }
        return this;
    }

    private void addListener(JsonNode stream, int port) {
        switch (stream.path("network").asText("tcp")) {
            case "kcp", "quic" -> datagramListeners.add(port);
            case "ds", "domainsocket" -> addSocket(stream.path("dsSettings"));
            default -> listeners.add(port);
        }
    }

    private void addSocket(JsonNode settings) {
        String path = settings.path("path").asText();
        if (settings.path("abstract").asBoolean()) {
            abstractSockets.add(path);
        } else {
            socketFiles.add(Path.of(path));
        }
    }

    /**
     * Adds an inbound that opens no TCP port.
     *
     * @param listen a unix socket, or an address that the transport does not look at
     */
    public NodeConfig portless(String tag, String listen, String protocol, String settings, String streamSettings) {
        ObjectNode inbound = root.withArrayProperty("inbounds").addObject();
        inbound.put("tag", tag).put("listen", listen).put("protocol", protocol);
        JsonNode stream = parse(streamSettings);
        if (Character.isDigit(listen.charAt(0))) {
            inbound.put("port", 1);
            addListener(stream, 1);
        } else if (listen.startsWith("@")) {
            abstractSockets.add(listen.replaceFirst("@+", ""));
        } else {
            socketFiles.add(Path.of(listen.replaceFirst(",[0-7]+$", "")));
        }
        inbound.set("settings", parse(settings));
        inbound.set("streamSettings", stream);
        return this;
    }

    /** Adds an outbound over plain TCP; the first is the default. */
    public NodeConfig outbound(String tag, String protocol, String settings) {
        return outbound(tag, protocol, settings, "{}");
    }

    /** Adds an outbound with its {@code streamSettings}. */
    public NodeConfig outbound(String tag, String protocol, String settings, String streamSettings) {
        ObjectNode outbound = root.withArrayProperty("outbounds").addObject();
        outbound.put("tag", tag).put("protocol", protocol);
        outbound.set("settings", parse(settings));
        outbound.set("streamSettings", parse(streamSettings));
        return this;
    }

    /** Sets a key of the outbound added last, for example {@code sendThrough}. */
    public NodeConfig outboundKey(String key, String value) {
        ArrayNode outbounds = root.withArrayProperty("outbounds");
        ((ObjectNode) outbounds.get(outbounds.size() - 1)).put(key, value);
        return this;
    }

    /** Adds a routing rule; {@code type} is filled in. */
    public NodeConfig rule(String rule) {
        ObjectNode parsed = (ObjectNode) parse(rule);
        parsed.put("type", "field");
        root.withObjectProperty("routing").withArrayProperty("rules").add(parsed);
        return this;
    }

    /** Sends everything of an inbound to an outbound. */
    public NodeConfig route(String inboundTag, String outboundTag) {
        return rule("{inboundTag: ['" + inboundTag + "'], outboundTag: '" + outboundTag + "'}");
    }

    /** Sets a section at the top, for example {@code policy}. */
    public NodeConfig section(String name, String json) {
        root.set(name, parse(json));
        return this;
    }

    /** Sets the limits of level 0. */
    public NodeConfig level0(String limits) {
        return section("policy", "{levels: {'0': " + limits + "}}");
    }

    /** The TCP ports on which the node listens once it has started. */
    public Set<Integer> listeners() {
        return Set.copyOf(listeners);
    }

    /** Whether the kernel has everything that this configuration listens on. */
    boolean isListening() {
        return Ports.listening().containsAll(listeners)
                && Ports.bound().containsAll(datagramListeners)
                && socketFiles.stream().allMatch(Files::exists)
                && Ports.abstractSockets().containsAll(abstractSockets);
    }

    /** The configuration as strict JSON. */
    public String json() {
        return root.toPrettyString();
    }

    private static JsonNode parse(String relaxed) {
        try {
            return RELAXED.readTree(relaxed);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + relaxed, e);
        }
    }
}
