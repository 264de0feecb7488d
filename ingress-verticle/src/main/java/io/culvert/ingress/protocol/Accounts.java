package io.culvert.ingress.protocol;

import io.culvert.config.Account;
import io.culvert.model.UserRef;
import io.culvert.wire.PasswordTable;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The accounts of a SOCKS or HTTP inbound as users, and whoever comes without one. */
final class Accounts {
    /** Stands for clients without an account: no reader of a configuration makes such a name. */
    private static final Account ANONYMOUS = new Account("\0", "");

    private Accounts() {}

    /** By credential; of two accounts with one name the later counts. */
    static Map<Account, UserRef> of(List<Account> accounts, int level) {
        Map<String, Account> byName = new HashMap<>();
        accounts.forEach(account -> byName.put(account.user(), account));
        Map<Account, UserRef> users = new HashMap<>();
        byName.values().forEach(account -> users.put(account, new UserRef(account.user(), level)));
        users.put(ANONYMOUS, new UserRef("", level));
        return users;
    }

    /** What a client's password is checked against. */
    static PasswordTable<UserRef> table(Map<Account, UserRef> users) {
        Map<String, PasswordTable.Account<UserRef>> table = new HashMap<>();
        users.forEach((account, user) -> {
            if (!account.equals(ANONYMOUS)) {
                table.put(account.user(), new PasswordTable.Account<>(account.pass(), user));
            }
        });
        return PasswordTable.of(table, new SecureRandom());
    }

    static UserRef anonymous(Map<Account, UserRef> users) {
        UserRef anonymous = users.get(ANONYMOUS);
        if (anonymous == null) {
            throw new IllegalArgumentException("not made by of");
        }
        return anonymous;
    }
}
