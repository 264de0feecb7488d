package io.culvert.wire.socks;

import io.culvert.model.Address;
import io.culvert.model.CloseCause;
import io.culvert.model.Destination;
import io.culvert.model.Network;
import io.culvert.wire.Decoded;
import io.culvert.wire.PasswordTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of a SOCKS 4, 4a or 5 negotiation (wire-formats section 11.1). One instance per connection, owned by
 * one thread.
 *
 * <p>The answer that grants a request is written with the request's result, which is before anything is dialled: that is
 * when the reference sends it, and clients send their first bytes only then.
 *
 * @param <U> what an account stands for
 */
public final class SocksServer<U> {
    /** The longest user name of a SOCKS 4 request, and the longest domain of a 4a request, in bytes. */
    public static final int MAX_SOCKS4_TEXT = 255;

    private static final int CONNECT = 1;
    private static final int UDP_ASSOCIATE = 3;
    private static final int TOR_RESOLVE = 0xF0;
    private static final int TOR_RESOLVE_PTR = 0xF1;
    private static final int METHOD_NONE = 0;
    private static final int METHOD_PASSWORD = 2;
    private static final int METHOD_NO_MATCH = 0xFF;
    private static final int PASSWORD_VERSION = 1;
    private static final int PASSWORD_WRONG = 0xFF;
    private static final int COMMAND_NOT_SUPPORTED = 7;
    private static final int SOCKS4_GRANTED = 0x5A;
    private static final int SOCKS4_REJECTED = 0x5B;

    private final SocksServerOptions<U> options;
    private final Destination boundTcp;
    private final Destination boundUdp;
    private State state = State.VERSION;
    private int command;
    private @Nullable U user;

    private enum State {
        VERSION,
        SOCKS5_METHODS,
        SOCKS5_PASSWORD,
        SOCKS5_COMMAND,
        SOCKS5_DESTINATION,
        SOCKS4_REST,
        OVER
    }

    /**
     * A negotiation.
     *
     * @param options what the inbound allows
     * @param listen the inbound's listen address and port, which a client is told
     * @param client the client's address
     */
    public SocksServer(SocksServerOptions<U> options, Destination listen, Address.Ip client) {
        this.options = options;
        boundTcp = listen;
        Address relay = options.udpAddress();
        if (relay == null) {
            relay = isLocal(client) ? client : listen.address();
        }
        boundUdp = Destination.udp(relay, listen.port());
    }

    /** The reference compares with exactly these two, not with all of 127/8. */
    private static boolean isLocal(Address.Ip client) {
        return client.text().equals("127.0.0.1") || client.equals(Address.parse("::1"));
    }

    /**
     * Goes on with the negotiation. Bytes behind the request stay in the buffer: they are the client's first payload.
     *
     * @param in what was received; whole messages are taken from it
     * @param out answers are written here, and must be sent whatever the result is
     * @return the request; more needed; or malformed: the connection is to be closed once {@code out} is sent
     */
    public Decoded<SocksRequest<U>> receive(ByteBuf in, ByteBuf out) {
        while (true) {
            State before = state;
            Decoded<SocksRequest<U>> result = switch (before) {
                case VERSION -> readVersion(in, out);
                case SOCKS5_METHODS -> readMethods(in, out);
                case SOCKS5_PASSWORD -> readPassword(in, out);
                case SOCKS5_COMMAND -> readCommand(in, out);
                case SOCKS5_DESTINATION -> readDestination(in, out);
                case SOCKS4_REST -> readSocks4(in, out);
                case OVER -> throw new IllegalStateException("this negotiation is over");
            };
            if (!(result instanceof Decoded.NeedMore<SocksRequest<U>>)) {
                state = State.OVER;
                return result;
            }
            if (state == before) {
                return result;
            }
        }
    }

    /** Takes two bytes, as the reference does before it looks at the first. */
    private Decoded<SocksRequest<U>> readVersion(ByteBuf in, ByteBuf out) {
        if (in.readableBytes() < 2) {
            return Decoded.needMore();
        }
        int version = in.readUnsignedByte();
        command = in.readUnsignedByte();
        if (version == 5) {
            state = State.SOCKS5_METHODS;
            return Decoded.needMore();
        }
        if (version != 4) {
            return Decoded.malformed("not SOCKS");
        }
        if (options.accounts() != null) {
            writeSocks4(out, SOCKS4_REJECTED);
            return Decoded.malformed(CloseCause.AUTH_FAILED, "SOCKS 4 knows no password");
        }
        state = State.SOCKS4_REST;
        return Decoded.needMore();
    }

    /** Here {@code command} is the number of methods. */
    private Decoded<SocksRequest<U>> readMethods(ByteBuf in, ByteBuf out) {
        int count = command;
        if (in.readableBytes() < count) {
            return Decoded.needMore();
        }
        int wanted = options.accounts() == null ? METHOD_NONE : METHOD_PASSWORD;
        boolean offered = in.indexOf(in.readerIndex(), in.readerIndex() + count, (byte) wanted) >= 0;
        in.skipBytes(count);
        out.writeByte(5).writeByte(offered ? wanted : METHOD_NO_MATCH);
        if (!offered) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "the wanted authentication method was not offered");
        }
        state = wanted == METHOD_NONE ? State.SOCKS5_COMMAND : State.SOCKS5_PASSWORD;
        return Decoded.needMore();
    }

    /** RFC 1929: {@code version | length | user | length | password}; like the reference, without a look at the version. */
    private Decoded<SocksRequest<U>> readPassword(ByteBuf in, ByteBuf out) {
        PasswordTable<U> accounts = options.accounts();
        if (accounts == null) {
            throw new IllegalStateException("a password was asked for without accounts");
        }
        int start = in.readerIndex();
        int readable = in.readableBytes();
        if (readable < 2) {
            return Decoded.needMore();
        }
        int nameLength = in.getUnsignedByte(start + 1);
        if (readable < 2 + nameLength + 1) {
            return Decoded.needMore();
        }
        int passwordLength = in.getUnsignedByte(start + 2 + nameLength);
        if (readable < 2 + nameLength + 1 + passwordLength) {
            return Decoded.needMore();
        }
        byte[] name = ByteBufUtil.getBytes(in, start + 2, nameLength);
        byte[] password = ByteBufUtil.getBytes(in, start + 2 + nameLength + 1, passwordLength);
        in.skipBytes(2 + nameLength + 1 + passwordLength);
        user = accounts.check(name, password);
        out.writeByte(PASSWORD_VERSION).writeByte(user == null ? PASSWORD_WRONG : 0);
        if (user == null) {
            return Decoded.malformed(CloseCause.AUTH_FAILED, "wrong user name or password");
        }
        state = State.SOCKS5_COMMAND;
        return Decoded.needMore();
    }

    private Decoded<SocksRequest<U>> readCommand(ByteBuf in, ByteBuf out) {
        if (in.readableBytes() < 3) {
            return Decoded.needMore();
        }
        int version = in.readUnsignedByte();
        command = in.readUnsignedByte();
        in.skipBytes(1);
        if (version != 5) {
            return Decoded.malformed("not a SOCKS 5 request");
        }
        boolean allowed = switch (command) {
            case CONNECT, TOR_RESOLVE, TOR_RESOLVE_PTR -> true;
            case UDP_ASSOCIATE -> options.udp();
            default -> false;
        };
        if (!allowed) {
            // The address is left unread, as the reference leaves it.
            out.writeByte(5).writeByte(COMMAND_NOT_SUPPORTED).writeByte(0);
            out.writeByte(1).writeZero(4 + 2);
            return Decoded.malformed(CloseCause.UNSUPPORTED, "SOCKS command that is not served here");
        }
        state = State.SOCKS5_DESTINATION;
        return Decoded.needMore();
    }

    private Decoded<SocksRequest<U>> readDestination(ByteBuf in, ByteBuf out) {
        boolean udp = command == UDP_ASSOCIATE;
        return switch (SocksAddress.read(in, udp ? Network.UDP : Network.TCP)) {
            case Decoded.Complete<Destination>(Destination destination) -> {
                Destination bound = udp ? boundUdp : boundTcp;
                out.writeByte(5).writeByte(0).writeByte(0);
                SocksAddress.write(out, bound);
                yield Decoded.complete(new SocksRequest<>(destination, user));
            }
            case Decoded.NeedMore<Destination> more -> Decoded.needMore();
            case Decoded.Malformed<Destination>(CloseCause cause, String why) -> Decoded.malformed(cause, why);
        };
    }

    /** {@code port(2) | ip(4) | user 00 | domain 00}, the domain only where the address starts with 0. */
    private Decoded<SocksRequest<U>> readSocks4(ByteBuf in, ByteBuf out) {
        int start = in.readerIndex();
        if (in.readableBytes() < 6) {
            return Decoded.needMore();
        }
        int userAt = start + 6;
        int userEnd = endOfText(in, userAt);
        if (userEnd < 0) {
            return missingEnd(in, userAt);
        }
        int port = in.getUnsignedShort(start);
        boolean named = in.getByte(start + 2) == 0;
        int domainAt = userEnd + 1;
        int end = named ? endOfText(in, domainAt) : userEnd;
        if (end < 0) {
            return missingEnd(in, domainAt);
        }
        Address address = named
                ? domain(in.toString(domainAt, end - domainAt, StandardCharsets.ISO_8859_1))
                : Address.ofIp(ByteBufUtil.getBytes(in, start + 2, 4));
        in.readerIndex(end + 1);
        if (command != CONNECT || address == null) {
            writeSocks4(out, SOCKS4_REJECTED);
            return address == null
                    ? Decoded.malformed("domain with characters that no domain has")
                    : Decoded.malformed(CloseCause.UNSUPPORTED, "SOCKS 4 command that is not served here");
        }
        writeSocks4(out, SOCKS4_GRANTED);
        return Decoded.complete(new SocksRequest<>(Destination.tcp(address, port), null));
    }

    /** Where the zero byte behind a text stands, or -1 where none is within the limit. */
    private static int endOfText(ByteBuf in, int from) {
        return in.indexOf(from, Math.min(in.writerIndex(), from + MAX_SOCKS4_TEXT + 1), (byte) 0);
    }

    private Decoded<SocksRequest<U>> missingEnd(ByteBuf in, int from) {
        return in.writerIndex() - from > MAX_SOCKS4_TEXT
                ? Decoded.malformed("SOCKS 4 text of more than " + MAX_SOCKS4_TEXT + " bytes")
                : Decoded.needMore();
    }

    private static @Nullable Address domain(String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static void writeSocks4(ByteBuf out, int code) {
        out.writeByte(0).writeByte(code).writeZero(2 + 4);
    }
}
