package io.culvert.wire.socks;

import io.culvert.model.Address;
import io.culvert.wire.PasswordTable;
import org.jspecify.annotations.Nullable;

/**
 * What a SOCKS inbound allows.
 *
 * @param accounts who may use it, or null where no one has to authenticate (SOCKS 4 is served only then)
 * @param udp whether UDP ASSOCIATE is served
 * @param udpAddress the address that a client is told to send datagrams to, or null for the one that suits it
 * @param <U> what an account stands for
 */
public record SocksServerOptions<U>(
        @Nullable PasswordTable<U> accounts, boolean udp, Address.@Nullable Ip udpAddress) {}
