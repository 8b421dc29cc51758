# SPDX-License-Identifier: Apache-2.0
# What the guard costs, in instructions a request (callgrind): a static file of 1 KiB over one
# keep-alive connection, without the module, open, with a token seen before, with tokens never seen,
# and under mod_auth_openidc with tokens of the same claims and key; then requests a second of all
# in turn (wrk). Counts do not depend on what else the machine does; valgrind shows no SHA
# instructions of the chip, so hashing costs more here than in production. Run by ./dev bench guard.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Token;

my ($few, $many) = (200, 1000);

# Requests on one connection, each answered before the next is sent.
sub ask {
    my ($site, $path, @fields) = @_;
    my $s = $site->client->connect;
    for my $field (@fields) {
        syswrite $s, "GET $path HTTP/1.1\r\nHost: bench.test\r\n$field\r\n";
        my $answer = $site->client->read_all($s, qr/\r\n\r\nx{1024}\z/);
        die "not served: $answer" unless $answer =~ m{\AHTTP/1\.1 200 };
        # A request that came before the server looks for it would save the way through its
        # listener, now and then.
        select undef, undef, undef, 0.003;
    }
}

my %title = (
    bare => 'httpd without the module', open => 'no guard', seen => 'a token seen before',
    new => 'HS256 tokens never seen',
    openidc => 'mod_auth_openidc, a token seen before',
    openidc_new => 'mod_auth_openidc, tokens never seen',
);
my $openidc = "$Httpd::libexec/mod_auth_openidc.so";
my @kinds = (qw(bare open seen new), -e $openidc ? qw(openidc openidc_new) : ());

sub lean_site {
    my (%o) = @_;
    return Site->new(
        sender => '',
        server => "AuthSMSValidation Off\nAuthSMSUserCheck 1h\nMaxKeepAliveRequests 0\n"
            . "KeepAliveTimeout 60",
        %o
    );
}

# What the measurement needs; bare: the same without the module and what it needs.
sub lean_config {
    my ($site, $kind) = @_;
    my $conf = $site->httpd->config;
    $conf =~
        s/^(?:LoadModule[ ](?:http2|rewrite|headers|include|status|proxy\w*|setenvif|actions|cgid
        |access_compat)_module|CustomLog|LogFormat|Protocols|ScriptSock|ScriptAlias).*\n//mgx;
    $conf =~
        s/^(?:LoadModule[ ](?:authsms|dbd)_module
        |\s*(?:AuthSMS|DBD|Auth(?:Type|Name)[ ]|Require[ ])).*\n//mgx
        if $kind =~ /bare|openidc/;
    $conf .=
          "LoadModule auth_openidc_module $openidc\nOIDCOAuthVerifySharedKeys hex##"
        . unpack('H*', $site->key)
        . "\nOIDCOAuthRemoteUserClaim sub\nOIDCOAuthAcceptTokenAs header\n<Location /private>\n"
        . "AuthType oauth20\nRequire valid-user\n</Location>\n"
        if $kind =~ /openidc/;
    return $site->httpd->write("$kind.conf", $conf, $kind =~ /openidc/ ? 0600 : 0644);
}

# A token of our own server would also do for mod_auth_openidc; what is in it is the same.
sub claims_of_ours {
    my $id = '01a20aac-b643-7e2d-82b9-ddd2514db03f';
    return {
        id => $id, dateLogOn => '2026-11-23T23:10:20.743Z', sub => $id, iat => time,
        exp => time + 3600, sid => '01a20aac-b649-7bf8-bb9e-8d37a19727ca'
    };
}

# All instructions of a httpd that served so many requests.
sub count {
    my ($kind, $requests) = @_;
    my $site = lean_site(children => 1, threads => 1);
    my $httpd = $site->httpd;
    $httpd->write("htdocs/$_/file.html", 'x' x 1024) for 'without', 'private';
    my $out = $httpd->dir . '/run/callgrind';
    my $conf = lean_config($site, $kind);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', $httpd->dir . '/logs/valgrind';
        exec 'valgrind', '-q', '--tool=callgrind', "--callgrind-out-file=$out", $Httpd::binary,
            '-X', '-f', $conf;
    }
    for (1 .. 600) {
        last if eval { $site->client->connect };
        select undef, undef, undef, 0.1;
    }
    # It was made by root; httpd ends as somebody else.
    my ($uid) = (getpwnam 'www-data')[2];
    chown $uid, -1, $out;
    my $ours = $kind =~ /seen|\Anew/;
    my ($token) = $ours ? $site->signup->{token} =~ /^JWT (.*)/ : ();
    # The first purge of the database starts two seconds after httpd.
    sleep 4;
    my $claims = $ours ? Token::claims($token) : claims_of_ours();
    my $make =
        sub { Token::make($site->key, { %$claims, @_ }, header => '{"typ":"JWT","alg":"HS256"}') };
    $token //= $make->();
    my @fields =
        $kind =~ /open\z|bare/ ? ('') x $requests
        : map { ($ours ? 'Authorization: JWT ' : 'Authorization: Bearer ') . "$_\r\n" }
        $kind =~ /new/ ? map { $make->(jti => $_) } 10_001 .. 10_000 + $requests
        : ($token) x $requests;
    ask(
        $site, $kind =~ /open\z|bare/ ? '/without/file.html' : '/private/file.html', $fields[0],
        @fields
    );
    kill 'TERM', $pid;
    waitpid $pid, 0;
    open my $in, '<', $out or die "$out: $!";
    my ($total) = map { /^(?:summary|totals): (\d+)/ ? $1 : () } <$in>;
    File::Path::remove_tree($httpd->dir);
    return $total // die "no count in $out";
}

my %cost;
for my $kind (@kinds) {
    $cost{$kind} = int((count($kind, $many) - count($kind, $few)) / ($many - $few));
    printf "%-38s %7d instructions a request%s\n", $title{$kind}, $cost{$kind},
        $kind eq 'bare' ? '' : sprintf ' (%d above)', $cost{$kind} - $cost{bare};
}

# Requests a second, each kind in turn, five times: the machine's mood is the same for all.
exit 0 unless grep { -x "$_/wrk" } split /:/, $ENV{PATH};
my (%server, %best);
for my $kind (grep { !/new/ } @kinds) {
    my $site = lean_site(children => 2);
    $site->httpd->write("htdocs/$_/file.html", 'x' x 1024) for 'without', 'private';
    my $conf = lean_config($site, $kind);
    system("'$Httpd::binary' -f '$conf' -k start 2>'$conf.log'") == 0 or die "$kind does not start";
    for (1 .. 100) {
        last if eval { $site->client->connect };
        select undef, undef, undef, 0.1;
    }
    my $token =
          $kind eq 'seen'
        ? $site->signup->{token}
        : 'Bearer '
        . Token::make($site->key, claims_of_ours(), header => '{"typ":"JWT","alg":"HS256"}');
    my $path = $kind =~ /open\z|bare/ ? 'without' : 'private';
    $server{$kind} = {
        conf => $conf,
        site => $site,
        words => [
            $path eq 'private' ? ('-H', "Authorization: $token") : (),
            $site->httpd->url . "/$path/file.html"
        ]
    };
}
for my $round (1 .. 5) {
    for my $kind (sort keys %server) {
        open my $wrk, '-|', 'wrk', '-t1', '-c16', '-d3s', @{ $server{$kind}{words} }
            or die "wrk: $!";
        my $said = join '', <$wrk>;
        die "$kind: $said" if $said =~ /Non-2xx/;
        my ($rate) = $said =~ m{Requests/sec:\s+([\d.]+)} or die $said;
        $best{$kind} = $rate if $rate > ($best{$kind} // 0);
    }
}
for my $kind (grep { $best{$_} } @kinds) {
    system "'$Httpd::binary' -f '$server{$kind}{conf}' -k stop 2>'$server{$kind}{conf}.log'";
    printf "%-38s %7d requests a second at best, %.2f of httpd without the module\n",
        $title{$kind}, $best{$kind}, $best{$kind} / $best{bare};
}
sleep 1;
File::Path::remove_tree($_->{site}->httpd->dir) for values %server;
