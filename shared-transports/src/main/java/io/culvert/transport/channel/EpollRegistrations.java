package io.culvert.transport.channel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.epoll.EpollIoOps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mends the epoll registration of a socket: the one place that reaches into Netty's epoll transport.
 *
 * <p>A socket that waits for nothing (its input has ended, or a pause holds it and the peer's FIN is known) is taken out of the
 * epoll set, but its registration still believes to be in it (Netty 4.2.18). The next time that it has to wait for anything,
 * to write on or to read on, fails with ENOENT, and the session is lost. Here the registration is told that it is out.
 *
 * <p>And a FIN is not waited for by itself (EPOLLRDHUP): Netty answers it by reading everything in front of it, whoever holds
 * the reading, which undoes all back-pressure. It is read in its turn, as the end of the input.
 */
final class EpollRegistrations {
    private static final Logger LOG = LoggerFactory.getLogger(EpollRegistrations.class);
    private static final String EPOLL = "io.netty.channel.epoll.";

    /** What has to be reached. */
    private record Fields(VarHandle ofChannel, VarHandle ops, VarHandle inner, VarHandle state, Object pending) {}

    private static final @Nullable Fields FIELDS = find();

    private EpollRegistrations() {}

    private static @Nullable Fields find() {
        try {
            Class<?> channel = Class.forName(EPOLL + "AbstractEpollChannel");
            Class<?> wrapper = Class.forName("io.netty.channel.SingleThreadIoEventLoop$IoRegistrationWrapper");
            Class<?> registration = Class.forName(EPOLL + "EpollIoHandler$DefaultEpollIoRegistration");
            Class<?> state = Class.forName(EPOLL + "EpollIoHandler$RegistrationState");
            MethodHandles.Lookup own = MethodHandles.lookup();
            MethodHandles.Lookup inEpoll = MethodHandles.privateLookupIn(registration, own);
            MethodHandles.Lookup inChannel = MethodHandles.privateLookupIn(channel, own);
            return new Fields(
                    inChannel.findVarHandle(channel, "registration", IoRegistration.class),
                    inChannel.findVarHandle(channel, "ops", EpollIoOps.class),
                    MethodHandles.privateLookupIn(wrapper, own)
                            .findVarHandle(wrapper, "registration", IoRegistration.class),
                    inEpoll.findVarHandle(registration, "state", state),
                    MethodHandles.privateLookupIn(state, own)
                            .findStaticVarHandle(state, "Pending", state)
                            .get());
        } catch (ReflectiveOperationException | LinkageError e) {
            LOG.warn("this Netty's epoll transport is not the one that was built for");
            LOG.debug("what it lacks", e);
            return null;
        }
    }

    /**
     * Has an accepted socket enter the epoll set once it is read from, and not as soon as it is registered, only to be told then
     * what it waits for. Before it is registered; does nothing to other kinds.
     */
    static void accepted(Channel channel) {
        if (FIELDS != null && channel instanceof AbstractEpollStreamChannel) {
            FIELDS.ops.set(channel, EpollIoOps.NONE);
        }
    }

    /** Mends the registration of a channel that is registered; does nothing to other kinds than epoll stream sockets. */
    static void mend(Channel channel) {
        if (FIELDS != null
                && channel instanceof AbstractEpollStreamChannel
                && FIELDS.ofChannel.get(channel) instanceof IoRegistration registration
                && !(registration instanceof Mended)) {
            FIELDS.ofChannel.set(
                    channel,
                    new Mended(
                            channel.eventLoop(),
                            registration,
                            (IoRegistration) FIELDS.inner.get(registration),
                            FIELDS));
        }
    }

    /**
     * Used on the channel's event loop only, as what it wraps. A socket that waits for nothing any more leaves the epoll set at the
     * end of the loop's turn: it may have been closed by then, or wait for something again, which spares a system call or two.
     */
    private static final class Mended implements IoRegistration, Runnable {
        /** What the kernel knows is not known: it was told before this was there. */
        private static final long UNKNOWN = -1;

        private final EventLoop loop;
        private final IoRegistration registration;
        private final IoRegistration inner;
        private final Fields fields;
        private long known = UNKNOWN;
        private boolean leaving;
        private boolean scheduled;

        Mended(EventLoop loop, IoRegistration registration, IoRegistration inner, Fields fields) {
            this.loop = loop;
            this.registration = registration;
            this.inner = inner;
            this.fields = fields;
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // as the interface has it
        public <T> T attachment() {
            return registration.attachment();
        }

        @Override
        public long submit(IoOps ops) {
            EpollIoOps wanted = ((EpollIoOps) ops).without(EpollIoOps.EPOLLRDHUP);
            leaving = wanted.value() == EpollIoOps.NONE.value();
            if (leaving) {
                if (!scheduled) {
                    scheduled = true;
                    loop.execute(this);
                }
                return wanted.value();
            }
            if (wanted.value() == known) {
                return known;
            }
            long done = registration.submit(wanted);
            known = wanted.value();
            return done;
        }

        @Override
        public void run() {
            scheduled = false;
            if (leaving && registration.isValid()) {
                registration.submit(EpollIoOps.NONE);
                fields.state.set(inner, fields.pending);
                known = UNKNOWN;
            }
        }

        @Override
        public boolean isValid() {
            return registration.isValid();
        }

        @Override
        public boolean cancel() {
            return registration.cancel();
        }
    }
}
