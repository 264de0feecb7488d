package io.culvert.config.reader;

import io.culvert.config.Account;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Rules that the users of one inbound keep among themselves. */
final class Users {
    private final Report report;
    private final Set<String> emails = new HashSet<>();
    private final Set<UUID> ids = new HashSet<>();

    Users(Report report) {
        this.report = report;
    }

    /** The e-mail of a user, which no other user of the inbound may have, whatever its case. */
    String email(Fields user) {
        String email = user.text("email");
        if (!email.isEmpty() && !emails.add(email.toLowerCase(Locale.ROOT))) {
            report.error(
                    user.spotOf("email"),
                    "User " + Words.quoted(email) + " already exists: e-mails are compared without case");
        }
        return email;
    }

    /** The users of an inbound; {@code users} is Xray's newer spelling of {@code clients}. */
    static List<Fields> of(Fields settings) {
        settings.beside("clients", "users");
        return settings.objects(settings.has("clients") ? "clients" : "users");
    }

    /** The id of a user; a second user with it is never found. */
    UUID id(Fields user) {
        UUID id = UserIds.read(user, report);
        if (!ids.add(id)) {
            report.warning(user.spotOf("id"), "another user of this inbound has the same id");
        }
        return id;
    }

    /** Names and passwords of a SOCKS or HTTP inbound; the last of a name counts. */
    static List<Account> accounts(Fields settings, Report report) {
        Map<String, Account> accounts = new LinkedHashMap<>();
        for (Fields one : settings.objects("accounts")) {
            Account account = new Account(one.text("user"), one.text("pass"));
            one.withoutEffect("email", "level");
            one.finish();
            if (accounts.put(account.user(), account) != null) {
                report.warning(
                        one.spot(),
                        "the user " + Words.quoted(account.user()) + " is given twice; the last one counts");
            }
        }
        return new ArrayList<>(accounts.values());
    }
}
