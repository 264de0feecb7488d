package io.culvert.it.harness;

import io.culvert.it.harness.Leg.Amount;
import io.culvert.it.harness.TransportCase.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The transports that the scenarios run over. Of the legs of a kind that differ in how they carry bytes {@link Choice} has some
 * move all; the others, and those that differ in a disguise only, move few. {@code -Dculvert.it.transports=QUIC,KCP} leaves out
 * all other kinds.
 */
public final class TransportTable {
    private static final String ONLY = System.getProperty("culvert.it.transports", "");
    private static final List<String> HEADERS = List.of("none", "srtp", "utp", "wechat-video", "dtls", "wireguard");
    private static final List<String> SECURITIES = List.of("none", "aes-128-gcm", "chacha20-poly1305");
    private static final ProtocolCase VMESS = ProtocolCase.VMESS_AES_128_GCM;
    private static final ProtocolCase VLESS = ProtocolCase.VLESS;
    private static final List<ProtocolCase> BOTH = List.of(VMESS, VLESS);
    /** In turn, where there are more cases than it takes to see each of them over one transport. */
    private static final List<ProtocolCase> IN_TURN = List.of(
            VMESS,
            VLESS,
            ProtocolCase.VMESS_CHACHA20_POLY1305,
            VLESS,
            ProtocolCase.VMESS_NONE,
            VLESS,
            ProtocolCase.VMESS_LEGACY_AES_128_GCM);

    private TransportTable() {}

    /** TCP as it is, and under TLS. Bytes and datagrams of each protocol are those of the protocols' own scenarios. */
    public static List<Leg> sockets() {
        TransportCase tcp = TransportCase.of(Kind.TCP, "TCP", "network: 'tcp'");
        return Stream.of(VMESS, ProtocolCase.VMESS_LEGACY_NONE, VLESS, ProtocolCase.SOCKS, ProtocolCase.HTTP)
                .flatMap(protocol -> plainAndTls(tcp, protocol))
                .filter(TransportTable::isChosen)
                .map(leg -> leg.with(Amount.NONE))
                .toList();
    }

    /** Every other transport that both programs of a pair have. */
    public static List<Leg> carriers(Pair pair) {
        boolean newer = pair.client() == Program.CULVERT && pair.server() == Program.CULVERT;
        return Stream.of(http(), newer ? newerHttp() : Stream.<Leg>empty(), unix(), quic(), kcp())
                .flatMap(legs -> legs)
                .filter(TransportTable::isChosen)
                .collect(Collectors.collectingAndThen(Collectors.toList(), legs -> today(pair, legs)));
    }

    /** Of each kind of transport, the legs of this seed move all bytes. */
    private static List<Leg> today(Pair pair, List<Leg> legs) {
        Set<Leg> chosen = new HashSet<>();
        for (Kind kind : Kind.values()) {
            chosen.addAll(Choice.of(
                    pair + " over " + kind,
                    legs.stream().filter(leg -> mayMoveAll(leg, kind)).toList()));
        }
        return legs.stream()
                .map(leg -> leg.with(
                        chosen.contains(leg) ? leg.amount().all() : leg.amount().few()))
                .toList();
    }

    /** Every leg but those of mKCP, which takes a minute for what others move in a second: there the ones that always did. */
    private static boolean mayMoveAll(Leg leg, Kind kind) {
        return leg.transport().kind() == kind && (kind != Kind.KCP || leg.movesAll());
    }

    private static boolean isChosen(Leg leg) {
        return ONLY.isEmpty()
                || List.of(ONLY.split(",")).contains(leg.transport().kind().name());
    }

    private static Stream<Leg> plainAndTls(TransportCase transport, ProtocolCase protocol) {
        return Stream.of(false, true).map(tls -> new Leg(transport, tls, protocol, Amount.ALL));
    }

    /** What V2Ray 4.34 has of HTTP; its HTTP/2 dials with TLS only. */
    private static Stream<Leg> http() {
        Stream<Leg> ofVersion1 = Stream.of(
                        TransportCase.of(
                                Kind.HTTP_HEADER,
                                "HTTP header",
                                "network: 'tcp', tcpSettings: {header: {type: 'http', request: {path: ['/a', '/b']}}}"),
                        TransportCase.of(
                                Kind.WEBSOCKET,
                                "WebSocket",
                                "network: 'ws', wsSettings: {path: '/ray', headers: {Host: 'it.example'}}"))
                .flatMap(transport -> BOTH.stream().flatMap(protocol -> plainAndTls(transport, protocol)));
        TransportCase post = TransportCase.of(
                Kind.HTTP_HEADER,
                "HTTP header POST",
                "network: 'tcp', tcpSettings: {header: {type: 'http', request: {method: 'POST',"
                        + " path: ['/one', '/two'], headers: {Host: ['a.test', 'b.test']}}}}");
        TransportCase http2 = TransportCase.of(
                Kind.HTTP2, "HTTP/2", "network: 'http', httpSettings: {path: '/h2', host: ['a.test', 'b.test']}");
        return Stream.of(
                        ofVersion1,
                        Stream.of(new Leg(post, false, ProtocolCase.VMESS_CHACHA20_POLY1305, Amount.FEW)),
                        BOTH.stream().map(protocol -> new Leg(http2, true, protocol, Amount.ALL)))
                .flatMap(legs -> legs);
    }

    /** Of later versions and of Xray. All bytes go through each of them that differs in more than a header, under one protocol. */
    private static Stream<Leg> newerHttp() {
        Stream<Leg> early = Stream.of(
                        TransportCase.of(
                                Kind.WEBSOCKET, "WebSocket early", "network: 'ws', wsSettings: {path: '/ray?ed=2048'}"),
                        TransportCase.of(
                                Kind.WEBSOCKET,
                                "WebSocket early in path",
                                "network: 'ws', wsSettings: {path: '/ray/', maxEarlyData: 2048}"),
                        TransportCase.of(
                                Kind.HTTP_UPGRADE,
                                "HTTP upgrade",
                                "network: 'httpupgrade', httpupgradeSettings: {path: '/up'}"),
                        TransportCase.of(
                                Kind.HTTP_UPGRADE,
                                "HTTP upgrade early",
                                "network: 'httpupgrade', httpupgradeSettings: {path: '/up?ed=2048'}"))
                .flatMap(transport -> Stream.of(
                        new Leg(transport, false, VMESS, Amount.ALL), new Leg(transport, false, VLESS, Amount.FEW)));
        TransportCase upgrade = TransportCase.of(
                Kind.HTTP_UPGRADE,
                "HTTP upgrade by host",
                "network: 'httpupgrade', httpupgradeSettings: {path: '/up', host: 'up.test'}");
        Stream<Leg> tunnels = Stream.of("false", "true")
                .map(multi -> TransportCase.of(
                        Kind.GRPC,
                        multi.equals("true") ? "gRPC multi" : "gRPC",
                        "network: 'grpc', grpcSettings: {serviceName: 'tunnel', multiMode: " + multi + "}"))
                .flatMap(transport -> Stream.of(
                        new Leg(transport, false, VMESS, Amount.ALL),
                        new Leg(transport, true, VMESS, Amount.FEW),
                        new Leg(transport, false, VLESS, Amount.FEW),
                        new Leg(transport, true, VLESS, Amount.ALL)));
        return Stream.of(early, Stream.of(new Leg(upgrade, true, VLESS, Amount.FEW)), tunnels)
                .flatMap(legs -> legs);
    }

    /** Sockets that differ in their address only, but for the first. */
    private static Stream<Leg> unix() {
        TransportCase path = TransportCase.unix("unix path", "path: '{path}'");
        return Stream.of(
                        BOTH.stream().map(protocol -> new Leg(path, false, protocol, Amount.ALL)),
                        Stream.of(
                                        TransportCase.unix("unix abstract", "path: '{name}', abstract: true"),
                                        TransportCase.unix(
                                                "unix padded", "path: '{name}', abstract: true, padding: true"),
                                        TransportCase.unixListen("unix listen path", "{path}", "path: '{path}'"),
                                        TransportCase.unixListen(
                                                "unix listen @", "@{name}", "path: '{name}', abstract: true"),
                                        TransportCase.unixListen(
                                                "unix listen @@",
                                                "@@{name}",
                                                "path: '{name}', abstract: true, padding: true"))
                                .flatMap(transport ->
                                        BOTH.stream().map(protocol -> new Leg(transport, false, protocol, Amount.FEW))),
                        Stream.of(new Leg(path, true, VLESS, Amount.FEW)))
                .flatMap(legs -> legs);
    }

    /** Every seal with every disguise. All bytes go through each seal, with and without TLS, and under both protocols. */
    private static Stream<Leg> quic() {
        List<Leg> legs = new ArrayList<>(List.of(
                new Leg(TransportCase.quic("none", "wechat-video"), false, VMESS, Amount.ALL),
                new Leg(TransportCase.quic("none", "none"), true, VLESS, Amount.ALL),
                new Leg(TransportCase.quic("aes-128-gcm", "wechat-video"), true, VMESS, Amount.ALL),
                new Leg(TransportCase.quic("chacha20-poly1305", "srtp"), false, VLESS, Amount.ALL),
                new Leg(TransportCase.quic("none", "none"), false, VMESS, Amount.FEW),
                new Leg(TransportCase.quic("aes-128-gcm", "wechat-video"), false, VLESS, Amount.FEW),
                new Leg(TransportCase.quic("chacha20-poly1305", "dtls"), false, VMESS, Amount.FEW),
                new Leg(TransportCase.quic("chacha20-poly1305", "srtp"), true, VLESS, Amount.FEW),
                new Leg(TransportCase.quic("none", "utp"), true, VMESS, Amount.FEW),
                new Leg(TransportCase.quic("chacha20-poly1305", "wireguard"), false, VLESS, Amount.FEW)));
        Set<TransportCase> present = legs.stream().map(Leg::transport).collect(Collectors.toSet());
        for (String security : SECURITIES) {
            for (String header : HEADERS) {
                TransportCase transport = TransportCase.quic(security, header);
                if (present.add(transport)) {
                    boolean tls = legs.size() % 4 < 2;
                    legs.add(new Leg(transport, tls, IN_TURN.get(legs.size() % IN_TURN.size()), Amount.FEW));
                }
            }
        }
        return legs.stream();
    }

    /** Every disguise with and without a seed. All bytes go where the reference implementation's scenarios move them. */
    private static Stream<Leg> kcp() {
        List<Leg> legs = new ArrayList<>();
        for (int i = 0; i < HEADERS.size(); i++) {
            String header = "header: {type: '" + HEADERS.get(i) + "'}";
            ProtocolCase one = i % 2 == 0 ? VMESS : VLESS;
            ProtocolCase other = i % 2 == 0 ? VLESS : ProtocolCase.VMESS_CHACHA20_POLY1305;
            legs.add(new Leg(TransportCase.kcp("mKCP " + HEADERS.get(i), header), false, one, Amount.LITTLE));
            legs.add(new Leg(
                    TransportCase.kcp("mKCP " + HEADERS.get(i) + " seed", header + ", seed: 'secret'"),
                    false,
                    other,
                    Amount.LITTLE));
        }
        legs.add(new Leg(
                TransportCase.kcp("mKCP empty seed", "seed: ''"), true, ProtocolCase.VMESS_NONE, Amount.LITTLE));
        legs.add(new Leg(TransportCase.kcp("mKCP dtls", "header: {type: 'dtls'}"), true, VLESS, Amount.LITTLE));
        TransportCase small = TransportCase.kcp(
                "mKCP small buffers",
                "readBufferSize: 0, writeBufferSize: 0, uplinkCapacity: 20, downlinkCapacity: 20");
        for (ProtocolCase protocol : BOTH) {
            legs.add(new Leg(TransportCase.kcp("mKCP", ""), false, protocol, Amount.ALL));
            legs.add(new Leg(small, false, protocol, Amount.TWO));
        }
        return legs.stream();
    }
}
