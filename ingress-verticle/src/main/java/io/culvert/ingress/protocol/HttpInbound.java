package io.culvert.ingress.protocol;

import io.culvert.config.Account;
import io.culvert.config.InboundConfig;
import io.culvert.config.InboundSettings;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.wire.PasswordTable;
import io.culvert.wire.http.HttpProxyServer;
import io.netty.channel.Channel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The server side of an HTTP proxy: CONNECT, and plain requests with keep-alive (wire-formats section 12.1). */
public final class HttpInbound implements InboundProtocol {
    private final UserInstances<Account> instances = new UserInstances<>();
    private volatile Settings settings;

    private record Settings(@Nullable PasswordTable<UserRef> accounts, boolean allowTransparent, UserRef anonymous) {}

    /** @param inbound an HTTP inbound */
    public HttpInbound(InboundConfig inbound) {
        InboundSettings.Http http = http(inbound);
        this.settings = settings(http, instances.replace(Accounts.of(http.accounts(), http.userLevel())));
    }

    private static InboundSettings.Http http(InboundConfig inbound) {
        if (inbound.settings() instanceof InboundSettings.Http http) {
            return http;
        }
        throw new IllegalArgumentException("not an HTTP inbound");
    }

    private static Settings settings(InboundSettings.Http http, UserInstances.Replaced<Account> users) {
        return new Settings(
                http.accounts().isEmpty() ? null : Accounts.table(users.users()),
                http.allowTransparent(),
                Accounts.anonymous(users.users()));
    }

    @Override
    public Set<UserRef> update(InboundConfig inbound) {
        InboundSettings.Http http = http(inbound);
        UserInstances.Replaced<Account> users = instances.replace(Accounts.of(http.accounts(), http.userLevel()));
        settings = settings(http, users);
        return users.gone();
    }

    @Override
    public boolean knows(UserRef user) {
        return instances.knows(user);
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Settings now = settings;
        Channels.addProtocol(
                channel,
                HttpProxyHandler.NAME,
                new HttpProxyHandler(
                        new HttpProxyServer<>(now.accounts(), now.allowTransparent()), handshake, now.anonymous()));
    }
}
