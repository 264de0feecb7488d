/** Conditions of routing rules. */
@NullMarked
package io.culvert.router.rule;

import org.jspecify.annotations.NullMarked;
