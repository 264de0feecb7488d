package io.culvert.config;

/** A name and a password of a SOCKS or HTTP proxy. Its text form hides the password. */
public record Account(String user, String pass) {
    @Override
    public String toString() {
        return "Account[user=" + user + ", pass=***]";
    }
}
