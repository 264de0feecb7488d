package io.culvert.egress.outbound;

import io.culvert.config.OutboundSettings;
import io.culvert.egress.dial.Dialer;
import io.culvert.egress.dial.Retry;
import io.culvert.egress.dial.TcpSecurity;
import io.culvert.model.Address;
import io.culvert.model.Destination;
import io.culvert.model.DialOrder;
import io.culvert.model.Network;
import io.culvert.transport.Outbound;
import io.culvert.transport.channel.Channels;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** freedom: dials the destination itself (wire-formats section 18.3). */
public final class Freedom implements Outbound {
    private final OutboundSettings.Freedom settings;
    private final @Nullable InetAddress sendThrough;
    private final Dialer dialer;
    private final TcpSecurity security;

    /** @param security what V2Ray lays on connections where freedom has TLS settings of its own; datagrams go as they are */
    public Freedom(
            OutboundSettings.Freedom settings, @Nullable InetAddress sendThrough, Dialer dialer, TcpSecurity security) {
        this.security = security;
        this.settings = settings;
        this.sendThrough = sendThrough;
        this.dialer = dialer;
    }

    @Override
    public Future<Channel> open(DialOrder order, EventLoop loop) {
        Dialer.Target target = target(order);
        if (order.target().network() == Network.UDP) {
            return dialer.connectUdp(target, loop).addListener(this::atLevel);
        }
        Future<Channel> dialled = Retry.ofDestination(
                loop, () -> security.secure(dialer.connect(target, loop), target.address(), target.port(), loop));
        // What a client uploads must not look complete to the destination because this process has died.
        dialled.addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                Channels.resetWithProcess(done.getNow());
            }
        });
        return dialled.addListener(this::atLevel);
    }

    private void atLevel(Future<? super Channel> dialled) {
        if (dialled.isSuccess() && dialled.getNow() instanceof Channel stream) {
            Channels.opensAtLevel(stream, settings.userLevel());
        }
    }

    private Dialer.Target target(DialOrder order) {
        Destination asked = order.target();
        Address redirect = settings.redirectAddress();
        // A host that the operator wrote is not judged; a port alone redirects what the client chose, and that still
        // is.
        boolean judged = redirect == null && dialer.guard().appliesTo(order.session(), settings.allowPrivate());
        return new Dialer.Target(
                redirect == null ? asked.address() : redirect,
                settings.redirectPort() == 0 ? asked.port() : settings.redirectPort(),
                settings.domainStrategy(),
                judged,
                sendThrough);
    }
}
