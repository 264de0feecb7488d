package io.culvert.egress.outbound;

import io.culvert.config.OutboundSettings;
import io.culvert.config.OutboundSettings.VmessAccount;
import io.culvert.config.OutboundSettings.VmessExperiment;
import io.culvert.config.OutboundSettings.VmessSecurity;
import io.culvert.egress.dial.Retry;
import io.culvert.egress.dial.StreamDialer;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.model.UserRef;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.culvert.transport.payload.FirstWriteHandler;
import io.culvert.transport.payload.VmessPayloadHandler;
import io.culvert.wire.vmess.VmessCommand;
import io.culvert.wire.vmess.VmessOptions;
import io.culvert.wire.vmess.VmessRequest;
import io.culvert.wire.vmess.VmessRequestEncoder;
import io.culvert.wire.vmess.VmessUser;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.security.SecureRandom;
import java.util.List;

/** The client side of VMess (wire-formats section 3). */
final class VmessOutbound implements Outbound {
    private record User(VmessRequestEncoder encoder, VmessAccount account) {}

    private record Server(Address address, int port, List<User> users) {}

    private final Servers<Server> servers;
    private final StreamDialer dialer;

    VmessOutbound(OutboundSettings.Vmess settings, StreamDialer dialer) {
        SecureRandom random = new SecureRandom();
        this.servers = new Servers<>(
                settings.servers().stream()
                        .map(server -> new Server(
                                server.address(),
                                server.port(),
                                server.users().stream()
                                        .map(user -> user(user, random))
                                        .toList()))
                        .toList(),
                server -> Servers.name(server.address(), server.port()));
        this.dialer = dialer;
    }

    private static User user(VmessAccount account, SecureRandom random) {
        VmessUser user = new VmessUser(account.id(), account.alterId(), new UserRef(account.email(), account.level()));
        return new User(new VmessRequestEncoder(user, random, () -> System.currentTimeMillis() / 1000), account);
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        return servers.open(order, loop, Retry.PROXY_STEP_MILLIS, server -> {
            Promise<Channel> ready = loop.newPromise();
            dialer.connect(server.address(), server.port(), loop).addListener((Future<Channel> dialled) -> {
                if (dialled.isSuccess()) {
                    prepare(dialled.getNow(), Servers.anyOf(server.users()), order.target());
                    ready.trySuccess(dialled.getNow());
                } else {
                    ready.tryFailure(dialled.cause());
                }
            });
            return ready;
        });
    }

    private static void prepare(Channel channel, User user, Destination target) {
        Channels.opensAtLevel(channel, user.account().level());
        ByteBuf header = channel.alloc().buffer();
        VmessCommand command = target.network() == Network.UDP ? VmessCommand.UDP : VmessCommand.TCP;
        VmessAccount account = user.account();
        VmessRequest request =
                user.encoder().encode(wire(account.security()), options(account, command), command, target, header);
        Channels.addProtocol(
                channel, "vmess-request", new FirstWriteHandler(header, FirstWriteHandler.CLIENT_WAIT_MILLIS));
        boolean marksEnd = !account.experiments().contains(VmessExperiment.NO_TERMINATION_SIGNAL);
        Channels.addProtocol(channel, VmessPayloadHandler.NAME, VmessPayloadHandler.ofClient(request, marksEnd));
    }

    /** The option bits of a request: those that V2Ray sends with the cipher, and what the experiments add. */
    static int options(VmessAccount account, VmessCommand command) {
        io.culvert.wire.vmess.VmessSecurity security = wire(account.security());
        return switch (account.security()) {
            case AUTO, AES_128_GCM, CHACHA20_POLY1305 ->
                account.experiments().contains(VmessExperiment.AUTHENTICATED_LENGTH)
                        ? security.clientOptions() | VmessOptions.AUTHENTICATED_LENGTH
                        : security.clientOptions();
            case NONE -> security.clientOptions();
            // Raw bytes would run datagrams together. Chunks do not, and servers follow the bit in both directions.
            case ZERO -> command == VmessCommand.UDP ? VmessOptions.CHUNK_STREAM : 0;
        };
    }

    private static io.culvert.wire.vmess.VmessSecurity wire(VmessSecurity configured) {
        return switch (configured) {
            case AUTO, AES_128_GCM -> io.culvert.wire.vmess.VmessSecurity.AES_128_GCM;
            case CHACHA20_POLY1305 -> io.culvert.wire.vmess.VmessSecurity.CHACHA20_POLY1305;
            case NONE, ZERO -> io.culvert.wire.vmess.VmessSecurity.NONE;
        };
    }
}
