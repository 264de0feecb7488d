package io.culvert.config;

/**
 * A name and a password of a SOCKS or HTTP proxy. Its text form hides the password.
 *
 * @param level the policy level of an outbound's user; an inbound has one for all of its accounts
 */
public record Account(String user, String pass, int level) {
    /** An account of level 0. */
    public Account(String user, String pass) {
        this(user, pass, 0);
    }

    @Override
    public String toString() {
        return "Account[user=" + user + ", pass=***]";
    }
}
