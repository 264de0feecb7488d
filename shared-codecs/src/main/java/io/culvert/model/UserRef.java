package io.culvert.model;

/**
 * Who a session belongs to, as far as rules, policy and logs need to know.
 *
 * @param email the user's e-mail or account name; empty where none is configured
 * @param level the policy level, 0 or more
 */
public record UserRef(String email, int level) {}
