# SPDX-License-Identifier: Apache-2.0
# What the guard costs, in instructions a request (callgrind): a static file of 1 KiB over one keep-alive connection, open, with a token
# seen before, and with tokens never seen. Counts do not depend on what else the machine does; valgrind shows no SHA
# instructions of the chip, so hashing is dearer here than in life. Run by ./dev bench guard.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Token;

my ($few, $many) = (200, 800);

# Requests on one connection, each answered before the next is sent.
sub ask {
    my ($site, $path, @tokens) = @_;
    my $s = $site->client->connect;
    for my $token (@tokens) {
        my $field = defined $token ? "Authorization: JWT $token\r\n" : '';
        syswrite $s, "GET $path HTTP/1.1\r\nHost: bench.test\r\n$field\r\n";
        my $answer = $site->client->read_all($s, qr/\r\n\r\nx{1024}\z/);
        die "not served: $answer" unless $answer =~ m{\AHTTP/1\.1 200 };
    }
}

sub lean_config {
    my ($site) = @_;
    my $conf = $site->httpd->config;
    $conf =~ s/^(?:LoadModule (?:http2|rewrite|headers|include|status|proxy\w*|setenvif|actions|cgid|access_compat)_module|CustomLog|LogFormat|Protocols|ScriptSock|ScriptAlias).*\n//mg;
    return $site->httpd->write('lean.conf', $conf);
}

# All instructions of a httpd that served so many requests.
sub count {
    my ($kind, $requests) = @_;
    my $site = Site->new(children => 1, threads => 2, sender => '',
        server => "AuthSMSValidation Off\nAuthSMSUserCheck 1h\nMaxKeepAliveRequests 0\nKeepAliveTimeout 60");
    my $httpd = $site->httpd;
    $httpd->write("htdocs/$_/file.html", 'x' x 1024) for 'open', 'private';
    my $out = $httpd->dir . '/run/callgrind';
    my $conf = lean_config($site);
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDERR, '>', $httpd->dir . '/logs/valgrind';
        exec 'valgrind', '-q', '--tool=callgrind', "--callgrind-out-file=$out", $Httpd::binary, '-X', '-f', $conf;
    }
    for (1 .. 600) { last if eval { $site->client->connect }; select undef, undef, undef, 0.1 }
    # It was made by root; httpd ends as somebody else.
    my ($uid) = (getpwnam 'www-data')[2];
    chown $uid, -1, $out;
    my $person = $site->signup;
    my ($token) = $person->{token} =~ /^JWT (.*)/;
    my $claims = Token::claims($person->{token});
    my @tokens = $kind eq 'open' ? (undef) x $requests : $kind eq 'seen' ? ($token) x $requests
        : map { Token::make($site->key, { %$claims, jti => $_ }, header => '{"typ":"JWT","alg":"HS256"}') } 10_001 .. 10_000 + $requests;
    ask($site, $kind eq 'open' ? '/open/file.html' : '/private/file.html', $tokens[0], @tokens);
    kill 'TERM', $pid;
    waitpid $pid, 0;
    open my $in, '<', $out or die "$out: $!";
    my ($total) = map { /^(?:summary|totals): (\d+)/ ? $1 : () } <$in>;
    File::Path::remove_tree($httpd->dir);
    return $total // die "no count in $out";
}

my %cost;
for my $kind (qw(open seen new)) {
    $cost{$kind} = int((count($kind, $many) - count($kind, $few)) / ($many - $few));
    printf "%-28s %7d instructions a request%s\n",
        { open => 'no guard', seen => 'a token seen before', new => 'HS256 tokens never seen' }->{$kind},
        $cost{$kind}, $kind eq 'open' ? '' : sprintf ' (%d above)', $cost{$kind} - $cost{open};
}
