#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# Makes the OpenAPI document of the API from src/api/openapi.json and the errors of
# src/base/error.h:
#   tools/openapi.pl >src/api/openapi_text.c     # what the module serves
#   tools/openapi.pl --json                      # for people and other tools
# t/unit/generated.t compares the file with the result. The source is an OpenAPI document, with
# these members of an operation instead of what would repeat itself:
#   x-codes    status: its code words. Makes the responses for errors
#   x-with-id  statuses whose errors may have the account's id
#   x-oauth    errors may have the members of RFC 6749
# and in a requestBody x-schema: the schema of its JSON and of its form.
package OpenApiDocument;
use strict;
use warnings;
use JSON::PP ();

sub _slurp {
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# The rows of AS_ERRORS: [status, code, msg].
sub read_errors {
    my ($rows) = _slurp('src/base/error.h') =~ /^#define AS_ERRORS\(X\)(.*?)\n\n/ms
        or die "src/base/error.h: no AS_ERRORS\n";
    my @errors;
    push @errors, [$1, $2, $3] while $rows =~ /X\(\w+, *(\d+), *"(\w+)",[ \\\n]*"([^"]*)"\)/g;
    return @errors;
}

# Errors that any request can have: the module's own of a body, and those of httpd.
my %general = (
    '4XX' => [qw(bad_request forbidden not_found request_timeout too_large uri_too_long
        unsupported_media_type)],
    '5XX' => [qw(server_error not_implemented)],
    503 => ['unavailable'],
);
# What is added to the words of a status, because any request can have it.
my %general_of_status = (400 => 'bad_request', 403 => 'forbidden', 404 => 'not_found');
# Name and component. A code that was guessed too often has no time after which to try again.
sub _header {
    my ($status, @words) = @_;
    return ('WWW-Authenticate', 'Challenges') if $status eq '401';
    return ('Retry-After', "@words" eq 'rate_limited' ? 'RetryAfter' : 'RetryAfterLimit')
        if $status eq '429';
    return $status eq '503' ? ('Retry-After', 'RetryAfter') : ();
}

sub _ref { return { '$ref' => "#/components/$_[0]/$_[1]" } }

# A response for errors with these words; equal ones are made once. Returns a reference.
sub _error_response {
    my ($document, $status, $schema, @words) = @_;
    my $name = join '.', $status, @words;
    $name = $status if $general{$status};
    $name .= $schema eq 'AccountError' ? '.id' : $schema eq 'OAuthError' ? '.oauth' : '';
    my ($header, $component) = _header($status, @words);
    $document->{components}{responses}{$name} //= {
        description => join(', ', map { "`$_`" } @words),
        $header ? (headers => { $header => _ref('headers', $component) }) : (),
        content => {
            'application/json' => {
                schema => {
                    allOf => [
                        _ref('schemas', $schema), { properties => { code => { enum => [@words] } } }
                    ]
                }
            }
        }
    };
    return _ref('responses', $name);
}

sub _add_errors {
    my ($document, $operation, $name, $known) = @_;
    my $codes = delete $operation->{'x-codes'} // {};
    my %with_id = map { $_ => 1 } @{ delete $operation->{'x-with-id'} // [] };
    my $plain = delete $operation->{'x-oauth'} ? 'OAuthError' : 'Error';
    my %words = map { $_ => [@{ $general{$_} }] } keys %general;
    for my $status (keys %$codes) {
        my %seen;
        my @general = grep { defined } $general_of_status{$status};
        $words{$status} = [grep { !$seen{$_}++ } split(' ', $codes->{$status}), @general];
        $known->{"$status $_"}
            or die "$name: $_ has another status than $status, or is not in AS_ERRORS\n"
            for @{ $words{$status} };
    }
    for my $status (sort keys %words) {
        my $schema = $with_id{$status} ? 'AccountError' : $plain;
        $operation->{responses}{$status} =
            _error_response($document, $status, $schema, @{ $words{$status} });
    }
    return;
}

sub _add_body {
    my ($body) = @_;
    my $schema = delete $body->{'x-schema'} // return;
    $body->{content}{$_} = { schema => _ref('schemas', $schema) }
        for 'application/json', 'application/x-www-form-urlencoded';
    return;
}

# The operations of a document: [path, method, operation], sorted.
sub operations {
    my ($document) = @_;
    my $paths = $document->{paths};
    return map {
        my $path = $_;
        map { [$path, $_, $paths->{$path}{$_}] }
            grep { exists $paths->{$path}{$_} }
            qw(get post put patch delete)
    } sort keys %$paths;
}

# The document. The version and the server's URL are placeholders.
sub make {
    my $document = JSON::PP->new->utf8->decode(_slurp('src/api/openapi.json'));
    my @errors = read_errors();
    my %known = map { ("$_->[0] $_->[1]" => 1) } @errors;
    my (%seen, %text);
    $document->{components}{schemas}{ErrorCode} = {
        description => join("\n", map { "- `$_->[1]`: $_->[2]" } @errors), type => 'string',
        enum => [grep { !$seen{$_}++ } map { $_->[1] } @errors]
    };
    for (operations($document)) {
        my ($path, $method, $operation) = @$_;
        _add_errors($document, $operation, "\U$method\E $path", \%known);
        _add_body($operation->{requestBody}) if $operation->{requestBody};
    }
    return $document;
}

# ---- output ----

# The names of each object's members in the order of a JSON text: path of the object => [names].
sub _read_order {
    my ($text) = @_;
    my %order;
    # Objects and lists that are open: path, kind, and the name or index of the value to come.
    my @open;
    while ($text =~ /\G\s*(?:("(?:[^"\\]|\\.)*")|([{}\[\],:])|[\w.+-]+)/gc) {
        my ($string, $mark) = ($1, $2 // '');
        my $at = $open[-1];
        if ($mark =~ /[{\[]/) {
            my $path = $at ? "$at->{path}/$at->{next}" : '';
            push @open, { path => $path, kind => $mark, next => $mark eq '{' ? undef : 0 };
        }
        elsif ($mark =~ /[}\]]/) { pop @open }
        elsif ($mark eq ',') { $at->{next} = $at->{kind} eq '{' ? undef : $at->{next} + 1 }
        elsif (defined $string && !defined $at->{next}) {
            $at->{next} = JSON::PP->new->utf8->allow_nonref->decode($string);
            push @{ $order{ $at->{path} } }, $at->{next};
        }
    }
    return \%order;
}

sub _encode {
    my ($value, $order, $path, $indent) = @_;
    my $is_object = ref $value eq 'HASH';
    return JSON::PP->new->ascii->allow_nonref->encode($value)
        if !$is_object && ref $value ne 'ARRAY';
    my $deeper = defined $indent ? "$indent  " : undef;
    my $n = 0;
    my %place = map { $_ => ++$n } $is_object ? @{ $order->{$path} // [] } : ();
    # Generated members come last.
    my @parts = $is_object
        ? map {
              JSON::PP->new->ascii->allow_nonref->encode($_)
            . (defined $indent ? ': ' : ':')
            . _encode($value->{$_}, $order, "$path/$_", $deeper)
        }
        sort { ($place{$a} // 1e9) <=> ($place{$b} // 1e9) || $a cmp $b } keys %$value
        : map { _encode($value->[$_], $order, "$path/$_", $deeper) } 0 .. $#$value;
    my ($begin, $end) = $is_object ? qw({ }) : qw([ ]);
    return $begin . join(',', @parts) . $end if !defined $indent || !@parts;
    return "$begin\n$deeper" . join(",\n$deeper", @parts) . "\n$indent$end";
}

# As JSON in ASCII, on one line or with line breaks. Members are in the order of the source.
sub encode {
    my ($document, $pretty) = @_;
    my $order = _read_order(_slurp('src/api/openapi.json'));
    return _encode($document, $order, '', $pretty ? '' : undef) . ($pretty ? "\n" : '');
}

# The C file.
sub encode_c {
    my ($text) = @_;
    my @parts = split /"\@(?:VERSION|SERVER)\@"/, $text, -1;
    die "the document needs \@VERSION\@ and \@SERVER\@, in this order\n"
        if @parts != 3 || $text !~ /\@VERSION\@.*\@SERVER\@/s;
    my @names = qw(head middle tail);
    my $c = <<'C';
/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* Generated by tools/openapi.pl from src/api/openapi.json and src/base/error.h. Do not edit. */
#include "api/openapi_text.h"
C
    for my $part (@parts) {
        $c .= "\nconst char as_openapi_" . shift(@names) . "[] =";
        # No line ends within an escape sequence of JSON or C.
        for ($part =~ /((?:\\u[0-9a-f]{4}|\\.|[^\\]){1,220})/g) {
            $c .= "\n    \"" . s/([\\"])/\\$1/gr . '"';
        }
        $c .= ";\n";
    }
    return $c;
}

package main;
use strict;
use warnings;

if (!caller) {
    my $pretty = ($ARGV[0] // '') eq '--json';
    die "usage: $0 [--json]\n" if @ARGV > $pretty;
    my $text = OpenApiDocument::encode(OpenApiDocument::make(), $pretty);
    print $pretty ? $text : OpenApiDocument::encode_c($text);
}
1;
