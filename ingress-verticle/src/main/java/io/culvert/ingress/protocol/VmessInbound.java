package io.culvert.ingress.protocol;

import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.HandshakeHandler;
import io.culvert.transport.payload.VmessPayloadHandler;
import io.culvert.wire.Decoded;
import io.culvert.wire.vmess.SeenHeaders;
import io.culvert.wire.vmess.UserSearch;
import io.culvert.wire.vmess.VmessAuthenticator;
import io.culvert.wire.vmess.VmessRequest;
import io.culvert.wire.vmess.VmessRequestDecoder;
import io.culvert.wire.vmess.VmessUser;
import io.culvert.wire.vmess.VmessUsers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The server side of VMess (wire-formats section 3). Users are one for all event loops, headers that were seen for all of a node. */
public final class VmessInbound implements InboundProtocol {
    /** Addresses whose users are remembered, in each of two generations: some 20 MiB where all have come. */
    private static final int REMEMBERED_ADDRESSES = 65_536;

    private final RecentUsers recent = new RecentUsers(REMEMBERED_ADDRESSES);
    private final SeenHeaders seen;
    private final UserInstances<UUID> instances = new UserInstances<>();
    private volatile Authenticators authenticators;

    /**
     * @param inbound a VMess inbound
     * @param seen the node's
     */
    public VmessInbound(InboundConfig inbound, SeenHeaders seen) {
        this.seen = seen;
        this.authenticators = authenticators(settings(inbound), instances.replace(byId(settings(inbound))));
    }

    private static InboundSettings.Vmess settings(InboundConfig inbound) {
        return inbound.settings() instanceof InboundSettings.Vmess settings
                ? settings
                : new InboundSettings.Vmess(List.of(), true);
    }

    private static Map<UUID, UserRef> byId(InboundSettings.Vmess settings) {
        Map<UUID, UserRef> byId = new HashMap<>();
        settings.users().forEach(user -> byId.putIfAbsent(user.id(), new UserRef(user.email(), user.level())));
        return byId;
    }

    private Authenticators authenticators(InboundSettings.Vmess settings, UserInstances.Replaced<UUID> replaced) {
        Map<UUID, UserRef> refs = replaced.users();
        List<VmessUser> known = new ArrayList<>();
        for (InboundSettings.VmessUser user : settings.users()) {
            UserRef ref = refs.getOrDefault(user.id(), new UserRef(user.email(), user.level()));
            known.add(new VmessUser(user.id(), user.alterId(), ref));
        }
        VmessUsers users = VmessUsers.of(known);
        // Legacy headers are looked up in a table that takes its time to fill: not the first client's.
        users.maintain(System.currentTimeMillis() / 1000);
        return new Authenticators(ThreadLocal.withInitial(() -> new VmessAuthenticator(
                users, seen, () -> System.currentTimeMillis() / 1000, settings.disableInsecureEncryption())));
    }

    @Override
    public Set<UserRef> update(InboundConfig inbound) {
        InboundSettings.Vmess settings = settings(inbound);
        UserInstances.Replaced<UUID> replaced = instances.replace(byId(settings));
        authenticators = authenticators(settings, replaced);
        return replaced.gone();
    }

    @Override
    public boolean knows(UserRef user) {
        return instances.knows(user);
    }

    /**
     * An authenticator for each event loop. Not Netty's own kind of thread local: each of that takes a slot of every loop for
     * good, and configurations come and go.
     */
    private record Authenticators(ThreadLocal<VmessAuthenticator> byLoop) {}

    @Override
    public void install(Channel channel, Handshake handshake) {
        Channels.addProtocol(
                channel,
                "vmess",
                new Handler(
                        handshake,
                        recent,
                        authenticators
                                .byLoop()
                                .get()
                                .newDecoder(recent.of(handshake.source().getAddress()))));
    }

    private static final class Handler extends HandshakeHandler {
        private final Handshake handshake;
        private final RecentUsers recent;
        private final VmessRequestDecoder decoder;

        Handler(Handshake handshake, RecentUsers recent, VmessRequestDecoder decoder) {
            this.handshake = handshake;
            this.recent = recent;
            this.decoder = decoder;
        }

        @Override
        protected boolean advance(ChannelHandlerContext ctx, ByteBuf in) {
            return switch (decoder.feed(in)) {
                case Decoded.NeedMore<VmessRequest> _ -> !searched(ctx, in);
                case Decoded.Malformed<VmessRequest>(CloseCause cause, String why) -> {
                    in.skipBytes(in.readableBytes());
                    handshake.hold(cause, why);
                    yield true;
                }
                case Decoded.Complete<VmessRequest>(VmessRequest request) -> {
                    accept(ctx, in, request);
                    yield true;
                }
            };
        }

        /** Whether the handshake goes on: with more bytes, or when a search for the user that they call for has ended. */
        private boolean searched(ChannelHandlerContext ctx, ByteBuf in) {
            UserSearch search = decoder.takeSearch();
            if (search == null) {
                return true;
            }
            Search running = new Search(search);
            boolean begun = handshake.elsewhere(running, () -> {
                UserSearch.Found found = running.found;
                if (found != null) {
                    decoder.found(found);
                    resume(ctx);
                }
            });
            if (!begun) {
                in.skipBytes(in.readableBytes());
                handshake.hold(CloseCause.LIMIT, "too many unknown clients of this source, or of all");
            }
            return begun;
        }

        private void accept(ChannelHandlerContext ctx, ByteBuf in, VmessRequest request) {
            recent.seen(handshake.source().getAddress(), request.user().id());
            Destination destination = request.destination();
            if (destination == null) {
                in.skipBytes(in.readableBytes());
                handshake.refuse(CloseCause.UNSUPPORTED, "Mux.Cool is not supported yet");
                return;
            }
            Channels.peerIgnoresResets(ctx.channel());
            Channels.addProtocol(ctx.channel(), VmessPayloadHandler.NAME, VmessPayloadHandler.ofServer(request));
            handshake.request(
                    ctx.channel(), ClientRequest.of(destination, request.user().ref()));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            decoder.abandon();
            super.channelInactive(ctx);
        }
    }

    /** A search and what it has found, which is read when it has ended. */
    private static final class Search implements BooleanSupplier {
        private final UserSearch search;
        private volatile UserSearch.@Nullable Found found;

        Search(UserSearch search) {
            this.search = search;
        }

        @Override
        public boolean getAsBoolean() {
            UserSearch.Found outcome = search.run();
            found = outcome;
            return outcome.isUser();
        }
    }
}
