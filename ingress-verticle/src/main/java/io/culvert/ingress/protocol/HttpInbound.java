package io.culvert.ingress.protocol;

import io.culvert.config.Account;
import io.culvert.config.InboundSettings;
import io.culvert.model.UserRef;
import io.culvert.transport.channel.Channels;
import io.culvert.wire.PasswordTable;
import io.culvert.wire.http.HttpProxyServer;
import io.netty.channel.Channel;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The server side of an HTTP proxy: CONNECT, and plain requests with keep-alive (wire-formats section 12.1). */
public final class HttpInbound implements InboundProtocol {
    private final @Nullable PasswordTable<UserRef> accounts;
    private final boolean allowTransparent;
    private final UserRef anonymous;

    public HttpInbound(InboundSettings.Http settings) {
        Map<String, PasswordTable.Account<UserRef>> table = new HashMap<>();
        for (Account account : settings.accounts()) {
            table.put(
                    account.user(),
                    new PasswordTable.Account<>(account.pass(), new UserRef(account.user(), settings.userLevel())));
        }
        this.accounts = table.isEmpty() ? null : PasswordTable.of(table, new SecureRandom());
        this.allowTransparent = settings.allowTransparent();
        this.anonymous = new UserRef("", settings.userLevel());
    }

    @Override
    public void install(Channel channel, Handshake handshake) {
        Channels.addProtocol(
                channel,
                HttpProxyHandler.NAME,
                new HttpProxyHandler(new HttpProxyServer<>(accounts, allowTransparent), handshake, anonymous));
    }
}
