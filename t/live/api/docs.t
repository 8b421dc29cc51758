# SPDX-License-Identifier: Apache-2.0
# docs/api.md: runs each example in order, as pasted, and compares its response with the page.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use File::Temp qw(tempdir);
use JSON::PP ();
use Site;
use Test::More;

plan skip_all => 'no curl here' unless `curl --version 2>/dev/null`;
plan skip_all => 'no openssl here' unless `openssl version 2>/dev/null`;

my $page = do { local (@ARGV, $/) = 'docs/api.md'; <> };
utf8::decode($page);
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $json = JSON::PP->new->canonical->allow_nonref;
my $address = 'http://127.0.0.1:8080';
my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
my $time = qr/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/;

my $conf = join '', grep { /^AuthSMS/ } $page =~ /^```apache\n(.*?)^```/msg
    or die 'the page has no configuration';
# [the commands, the response that the page shows, or undef]
my @examples;
while ($page =~ /^```sh\n(.*?)^```\n(?:```http\n(.*?)^```\n)?/msg) { push @examples, [$1, $2] }

my $site = Site->new(
    # The log sender comes first: the webhook is never called, but its receipts are accepted.
    key => "AuthSMSKey EdDSA file:docs.pem kid=2026-12",
    server =>
        "AuthSMSSecret file:key\nAuthSMSCode resend=0\nAuthSMSAllowOrigin https://app.example.org",
);
my $httpd = $site->httpd;
my $own = 'http://127.0.0.1:' . $httpd->port;
$httpd->{conf} .= $conf =~ s/\Q$address\E/$own/gr;
system('openssl', 'genpkey', '-algorithm', 'ED25519', '-out', $httpd->dir . '/docs.pem') == 0
    or die 'openssl';
chmod 0600, $httpd->dir . '/docs.pem';
$site->start;

my $dir = tempdir(CLEANUP => 1);
my $variables = "$dir/variables";
sub write_file {
    my ($file, $text) = @_;
    open my $out, '>:utf8', $file or die $!;
    print $out $text;
    close $out;
    return;
}
write_file($variables, '');

# The code that arrived last: a text that came after the one of the last call.
my $seen = 0;
sub newest_code {
    return $httpd->wait_log(
        sub {
            my @codes = $_[0] =~ /SMS to \+\d+: [^\n]*\bcode[^\n]* is (\d+)\./g;
            return unless @codes > $seen;
            $seen = @codes;
            return $codes[-1];
        },
        'another code'
    );
}

# The request line of the last call of curl, or undef.
sub request_line {
    my ($commands) = @_;
    my ($curl) = $commands =~ /.*(\bcurl\b[^|>]*)/s or return;
    my ($path) = $curl =~ m{"\$BASE(/[^"]*)"} or return;
    my ($method) = $curl =~ /-X (\w+)/;
    $method //= $curl =~ / -d / ? 'POST' : $curl =~ / -sI / ? 'HEAD' : 'GET';
    # Any id will do.
    $path =~ s/\$ID/01a2099a-50a8-7121-b06f-a82bf4a9574c/;
    return "$method /app_api$path HTTP/1.1";
}

# Runs commands with the variables of the earlier ones. Returns the response that they print.
sub run {
    my ($commands) = @_;
    $commands =~ s/\Q$address\E/$own/g;
    # Replace the code in the page by the one that was sent.
    $commands =~ s/^CODE=\d+$/'CODE=' . newest_code()/me;
    my $names = 'BASE ID CODE TOKEN REFRESH SID CHALLENGE';
    my $save = "declare -p $names 2>/dev/null >'$variables' || true\n";
    write_file("$dir/commands", "cd '$dir'\n. '$variables'\n$commands$save");
    my $printed = `bash -e '$dir/commands' 2>&1`;
    is $?, 0, 'the commands exit with 0' or diag $printed;
    return $site->client->parse($printed, request_line($commands));
}

# A regular expression for a text of the page: ids, times and "…" differ in each run.
sub pattern {
    my ($shown) = @_;
    my $pattern = join '.+', map { quotemeta } split /…/, $shown, -1;
    return $shown =~ /^$uuid$/ ? $uuid : $shown =~ /^$time$/ ? $time : $pattern;
}

# Compare members, types and values. Ids and times match any other; "…" matches any text.
sub same {
    my ($got, $shown, $name) = @_;
    is ref $got, ref $shown, "$name: type" or return;
    if (ref $shown eq 'HASH') {
        is_deeply [sort keys %$got], [sort keys %$shown], "$name: members";
        same($got->{$_}, $shown->{$_}, "$name.$_") for grep { exists $got->{$_} } sort keys %$shown;
    }
    elsif (ref $shown eq 'ARRAY' && @$shown == 1 && $shown->[0] eq "\x{2026}") {
        cmp_ok scalar @$got, '>', 0, "$name: not empty";
    }
    elsif ($name =~ /\.retry_after\z/) {
        like $got, qr/^\d+\z/, "$name: seconds";
    }
    elsif (ref $shown eq 'ARRAY') {
        is scalar @$got, scalar @$shown, "$name: length";
        same($got->[$_], $shown->[$_], "$name.$_") for 0 .. ($#$got < $#$shown ? $#$got : $#$shown);
    }
    elsif (!ref $shown && defined $shown && $shown =~ /…|^$uuid$|^$time$/) {
        my $pattern = pattern($shown);
        like $got, qr/^(?:$pattern)$/s, $name;
    }
    else {
        is $got, $shown, $name;
    }
    return;
}

sub compare {
    my ($got, $shown) = @_;
    my ($head, $body) = split /\n\n/, $shown, 2;
    my ($line, @fields) = split /\n/, $head;
    my ($status) = $line =~ m{^HTTP/1\.1 (\d+) } or die "no status: $line";
    is $got->{status}, $status, "status $status" or diag $got->{raw};
    for (@fields) {
        my ($name, $value) = /^([\w-]+): (.*)$/ or die "no header field: $_";
        my $pattern = pattern($value);
        ok scalar(grep { /^(?:$pattern)$/ } @{ $got->{headers}{ lc $name } // [] }), "$name: $value"
            or diag $got->{raw};
    }
    defined $body ? same($got->{json}, $json->decode($body), 'body') : is $got->{body}, '',
        'no body';
    return;
}

for (@examples) {
    my ($commands, $shown) = @$_;
    my ($first) = $commands =~ /^(.*)$/m;
    subtest $first => sub {
        my $got = run($commands);
        compare($got, $shown) if defined $shown;
        unlike $commands, qr/\bcurl\b/, 'a request is followed by its response'
            unless defined $shown;
    };
}

$site->stop;
done_testing;
