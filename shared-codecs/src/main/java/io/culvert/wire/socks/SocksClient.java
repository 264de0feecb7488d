package io.culvert.wire.socks;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.wire.Decoded;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a SOCKS 5 negotiation (wire-formats section 11.2, RFC 1928, RFC 1929). One instance per
 * connection, owned by one thread.
 */
public final class SocksClient {
    private static final int CONNECT = 1;
    private static final int UDP_ASSOCIATE = 3;
    private static final int METHOD_NONE = 0;
    private static final int METHOD_PASSWORD = 2;
    private static final int PASSWORD_VERSION = 1;

    /**
     * Where the datagrams of an association are going to come from, which is not known yet (RFC 1928 section 4). V2Ray says the
     * destination here, and servers that hold a client to its word drop what comes from elsewhere.
     */
    private static final Destination ANY_SOURCE = Destination.udp(Address.ofIp(new byte[4]), 0);

    private final @Nullable Credentials credentials;
    private final boolean optimistic;
    private final Destination destination;
    private State state = State.NEW;

    private enum State {
        NEW,
        METHOD,
        PASSWORD,
        REPLY,
        OVER
    }

    /**
     * What this side authenticates with. Its text form hides the password.
     *
     * @param user at most 255 bytes in UTF-8
     * @param password at most 255 bytes in UTF-8
     */
    public record Credentials(String user, String password) {
        private static final int MAX_LENGTH = 255;

        public Credentials {
            if (ByteBufUtil.utf8Bytes(user) > MAX_LENGTH || ByteBufUtil.utf8Bytes(password) > MAX_LENGTH) {
                throw new IllegalArgumentException("SOCKS user names and passwords have at most 255 bytes");
            }
        }

        @Override
        public String toString() {
            return "Credentials[user=" + user + ", password=***]";
        }
    }

    /**
     * A negotiation.
     *
     * @param credentials the account, or null for none
     * @param optimistic whether the password goes out together with the greeting, as 4.34 sends it, which saves a round
     *     trip with servers that bear it; otherwise the server's choice of the method is awaited
     * @param destination where to: TCP connects, UDP asks for an association
     */
    public SocksClient(@Nullable Credentials credentials, boolean optimistic, Destination destination) {
        this.credentials = credentials;
        this.optimistic = optimistic;
        this.destination = destination;
    }

    /** Writes what opens the negotiation. To be called once, first. */
    public void start(ByteBuf out) {
        if (state != State.NEW) {
            throw new IllegalStateException("this negotiation has started");
        }
        out.writeByte(5).writeByte(1).writeByte(method());
        if (credentials != null && optimistic) {
            writePassword(out, credentials);
        }
        state = State.METHOD;
    }

    /**
     * Goes on with the negotiation. Bytes behind the last answer stay in the buffer: they are payload.
     *
     * @param in what was received; whole messages are taken from it
     * @param out what is to be sent next is written here
     * @return the address that the server is bound to (for UDP: see {@link #relay}); more needed; or malformed, with
     *     {@link CloseCause#UPSTREAM_HANDSHAKE_FAILED}
     */
    public Decoded<Destination> receive(ByteBuf in, ByteBuf out) {
        while (true) {
            State before = state;
            Decoded<Destination> result = switch (before) {
                case METHOD -> readMethod(in, out);
                case PASSWORD -> readPasswordAnswer(in, out);
                case REPLY -> readReply(in);
                case NEW, OVER -> throw new IllegalStateException("this negotiation is not under way");
            };
            if (!(result instanceof Decoded.NeedMore<Destination>)) {
                state = State.OVER;
                return result;
            }
            if (state == before) {
                return result;
            }
        }
    }

    /**
     * Where datagrams of an association go: the answered address, or the server's own where that is 0.0.0.0 or ::.
     *
     * @param bound what {@link #receive} gave
     * @param server the address under which the server was reached
     */
    public static Destination relay(Destination bound, Address server) {
        boolean anywhere = bound.address() instanceof Address.Ip(var ip) && ip.isAnyLocalAddress();
        return Destination.udp(anywhere ? server : bound.address(), bound.port());
    }

    private int method() {
        return credentials == null ? METHOD_NONE : METHOD_PASSWORD;
    }

    private Decoded<Destination> readMethod(ByteBuf in, ByteBuf out) {
        if (in.readableBytes() < 2) {
            return Decoded.needMore();
        }
        if (in.readUnsignedByte() != 5) {
            return refused("the server does not speak SOCKS 5");
        }
        if (in.readUnsignedByte() != method()) {
            return refused("the server wants another authentication method");
        }
        if (credentials == null) {
            writeRequest(out);
            return Decoded.needMore();
        }
        if (!optimistic) {
            writePassword(out, credentials);
        }
        state = State.PASSWORD;
        return Decoded.needMore();
    }

    private Decoded<Destination> readPasswordAnswer(ByteBuf in, ByteBuf out) {
        if (in.readableBytes() < 2) {
            return Decoded.needMore();
        }
        // Only the status counts: servers disagree about the version byte of this answer.
        if (in.skipBytes(1).readUnsignedByte() != 0) {
            return refused("the server refused the user name or password");
        }
        writeRequest(out);
        return Decoded.needMore();
    }

    private Decoded<Destination> readReply(ByteBuf in) {
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable > 0 && in.getUnsignedByte(start) != 5) {
            return refused("the server does not speak SOCKS 5");
        }
        // A refusal is known by its second byte; what some servers leave out behind it is not waited for.
        if (readable > 1 && in.getUnsignedByte(start + 1) != 0) {
            return refused("the server rejects the request with code " + in.getUnsignedByte(start + 1));
        }
        if (readable < 3) {
            return Decoded.needMore();
        }
        in.skipBytes(3);
        return switch (SocksAddress.read(in, destination.network())) {
            case Decoded.Complete<Destination> bound -> bound;
            case Decoded.NeedMore<Destination> more -> {
                in.readerIndex(start);
                yield more;
            }
            case Decoded.Malformed<Destination>(CloseCause cause, String why) -> refused("answer with an " + why);
        };
    }

    private void writeRequest(ByteBuf out) {
        boolean stream = destination.network() == Network.TCP;
        out.writeByte(5).writeByte(stream ? CONNECT : UDP_ASSOCIATE);
        out.writeByte(0);
        SocksAddress.write(out, stream ? destination : ANY_SOURCE);
        state = State.REPLY;
    }

    private static void writePassword(ByteBuf out, Credentials credentials) {
        out.writeByte(PASSWORD_VERSION);
        writeText(out, credentials.user);
        writeText(out, credentials.password);
    }

    private static void writeText(ByteBuf out, String text) {
        out.writeByte(ByteBufUtil.utf8Bytes(text));
        ByteBufUtil.writeUtf8(out, text);
    }

    private static Decoded<Destination> refused(String why) {
        return Decoded.malformed(CloseCause.UPSTREAM_HANDSHAKE_FAILED, why);
    }
}
