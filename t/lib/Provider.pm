# SPDX-License-Identifier: Apache-2.0
# Stand-ins of the SMS providers in one process, on a free loopback port. They follow the providers'
# documentation and are as strict. A test can make them fail and read every request they received.
#
#   my $p = Provider->start;              # url, account, token, key: the values to configure
#   $p->set_mode('hang');                 # see set_mode()
#   $p->texts; $p->code_for('+447700900123'); $p->requests; $p->stop;
package Provider;
use strict;
use warnings;
use Errno qw(EAGAIN EWOULDBLOCK EINTR);
use IO::Select;
use IO::Socket::INET;
use JSON::PP ();
use POSIX ();
use Provider::Authy ();
use Provider::Http ();
use Provider::Twilio ();
use Provider::TwilioVerify ();
use Provider::Vonage ();
use Provider::Webhook ();
use Socket qw(SOL_SOCKET SO_LINGER);
use StopAtExit ();
use Time::HiRes qw(time sleep);

my $json = JSON::PP->new->utf8->canonical;
my @services = (
    \&Provider::Authy::answer, \&Provider::Twilio::answer, \&Provider::TwilioVerify::answer,
    \&Provider::Vonage::answer, \&Provider::Webhook::answer, \&Provider::Http::answer
);

use constant { HUGE => 1 << 30, REQUEST_MAX => 1 << 20 };

# ---- what a test calls ----

# account, token, service => of Twilio; key => of Authy and the sender http, and of Vonage with
# vonage_secret; secret => of the webhook.
sub start {
    my ($class, %o) = @_;
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 128, Blocking => 0
    ) or die "no free port: $!";
    my $self = bless {
        account => 'AC' . '0123456789abcdef' x 2, token => 'twilio token',
        service => 'VA' . 'fedcba9876543210' x 2, key => 'authy key',
        vonage_secret => 'vonage secret',
        secret => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', %o,
        port => $listener->sockport, parent => $$,
    }, $class;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
        $SIG{PIPE} = 'IGNORE';
        eval { run_server($self, $listener); 1 } or print STDERR "provider stand-in: $@";
        POSIX::_exit(0);
    }
    $self->{pid} = $pid;
    return StopAtExit::add($self);
}

# The configured values.
sub url { "http://127.0.0.1:$_[0]{port}" }
sub port { $_[0]{port} }
sub account { $_[0]{account} }
sub token { $_[0]{token} }
sub key { $_[0]{key} }
sub secret { $_[0]{secret} }

# Words for AuthSMSSender or AuthSMSVerifier with this stand-in.
sub twilio {
    my ($self, $from) = @_;
    return
          qq(twilio account=$self->{account} "token=$self->{token}" from=)
        . ($from // '+15005550006') . ' url='
        . $self->url;
}

sub twilio_verify {
    my ($self) = @_;
    return
          qq(twilio-verify account=$self->{account} "token=$self->{token}" )
        . qq(service=$self->{service} url=)
        . $self->url;
}

sub authy { my ($self) = @_; return qq(authy "key=$self->{key}" url=) . $self->url }

sub vonage {
    my ($self, $from) = @_;
    return
          qq(vonage "key=$self->{key}" "secret=$self->{vonage_secret}" from=)
        . ($from // '+15005550006') . ' url='
        . $self->url;
}

sub webhook {
    my ($self) = @_;
    return qq(webhook "secret=$self->{secret}" url=) . $self->url . '/webhook';
}

# The sender http with the stand-in's own API.
sub http {
    my ($self, @more) = @_;
    return join ' ', 'http', 'url=' . $self->url . '/http/send', qq("auth=bearer:$self->{key}"),
        'from=Shop', q('body={"to":"{to}","from":"{from}","text":"{text}","id":"{id}"}'),
        q("header=Idempotency-Key: {id}"), 'success=/status=accepted', 'ref=/id',
        'rejected=/code=landline', @more;
}

# How requests are answered from now on:
#   ok (date => its Date field, account_status => of Twilio's account);
#   a status such as 500 or 429 (retry_after => seconds, body => text);
#   error (status =>, code => the provider's code); garbage (broken JSON); html; empty (status =>);
#   redirect (to => URL, status =>); ignored, odd (Authy's "success" without a text);
#   noise (no HTTP), hang, drip (a byte a second), slow (seconds =>), close, reset, huge (1 GiB).
# With any: path => only paths that contain this; times => for this many requests, then ok;
# accept => 1: process the request before failing.
sub set_mode {
    my ($self, $mode, %o) = @_;
    $self->_control('mode', { mode => $mode, %o });
    return $self;
}

# Forget requests, texts and codes (not the users and verifications).
sub clear_records { my ($self) = @_; $self->_control('reset', {}); return $self }

# Each request: n, time, connection, method, path, query and form (decoded), headers (lower-case
# names), body, head (the lines before the body, as received).
sub requests { return @{ $_[0]->_control('state', {})->{requests} } }

# Each accepted text: to, body, from, sid.
sub texts { return @{ $_[0]->_control('state', {})->{texts} } }

# The newest code for a number: Authy's, or the digits in a text. undef: none.
sub code_for { my ($self, $number) = @_; return $self->_control('state', {})->{codes}{$number} }

# The result of `get` as soon as it is true; undef after $seconds.
sub wait_for {
    my ($self, $get, $seconds) = @_;
    my $end = time + ($seconds // 5);
    my $found;
    sleep 0.02 until ($found = $get->($self)) || time > $end;
    return $found;
}

# End the stand-in.
sub stop {
    my ($self) = @_;
    StopAtExit::remove($self) or return;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

# Send a control request; returns its answer.
sub _control {
    my ($self, $what, $data) = @_;
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5)
        or die "the stand-in is gone: $!";
    my $body = $json->encode($data);
    print $s "POST /-/$what HTTP/1.1\r\nConnection: close\r\nContent-Length: "
        . length($body)
        . "\r\n\r\n$body";
    local $/;
    my $answer = <$s> // '';
    $answer =~ s/^HTTP\S* 200 .*?\r\n\r\n//s or die "the stand-in says: $answer";
    return $json->decode($answer);
}

# ---- the server ----

# The loop of the server process.
sub run_server {
    my ($self, $listener) = @_;
    my $server = {
        %$self,
        mode => { mode => 'ok' }, requests => [], texts => [],
        codes => {},
        connections => 0, open => {},
    };
    srand(time ^ $$);
    while (getppid == $server->{parent}) {
        my @open = values %{ $server->{open} };
        my $in = IO::Select->new($listener, map { $_->{socket} } @open);
        my $out = IO::Select->new(map { $_->{socket} } grep { can_send($_) } @open);
        my ($can_read, $can_write) = IO::Select->select($in, $out, undef, select_timeout(@open));
        for my $socket (@{ $can_read // [] }) {
            $socket == $listener
                ? accept_connection($server, $listener)
                : read_requests($server, $server->{open}{$socket});
        }
        for my $socket (@{ $can_write // [] }) {
            my $c = $server->{open}{$socket} or next;
            write_answer($server, $c);
        }
    }
    return;
}

# Whether the connection has output that is due.
sub can_send { my ($c) = @_; return length $c->{out} && time >= $c->{not_before} }

# Seconds until the next output is due, at most 0.5.
sub select_timeout {
    my $wait = 0.5;
    for my $c (grep { length $_->{out} } @_) {
        my $left = $c->{not_before} - time;
        $wait = $left > 0 ? $left : 0 if $left < $wait;
    }
    return $wait;
}

# Accept a connection.
sub accept_connection {
    my ($server, $listener) = @_;
    my $socket = $listener->accept or return;
    $socket->blocking(0);
    $server->{open}{$socket} = {
        socket => $socket, n => ++$server->{connections}, in => '', out => '', not_before => 0,
        at_once => 1 << 16, more => 0,
    };
    return;
}

# Close a connection.
sub drop_connection {
    my ($server, $c) = @_;
    delete $server->{open}{ $c->{socket} };
    close $c->{socket};
    return;
}

# Read, and handle each complete request.
sub read_requests {
    my ($server, $c) = @_;
    my $n = sysread $c->{socket}, $c->{in}, 65536, length $c->{in};
    return if !defined $n && ($! == EAGAIN || $! == EINTR);
    return drop_connection($server, $c) if !$n || length $c->{in} > REQUEST_MAX;
    while (!$c->{deaf} && $server->{open}{ $c->{socket} } && (my $request = next_request($c))) {
        handle_request($server, $c, $request);
    }
    return;
}

# Write a part of the answer.
sub write_answer {
    my ($server, $c) = @_;
    my $n = syswrite $c->{socket}, $c->{out}, $c->{at_once};
    return if !defined $n && ($! == EAGAIN || $! == EWOULDBLOCK);
    return drop_connection($server, $c) unless defined $n;
    substr $c->{out}, 0, $n, '';
    $c->{not_before} = time + 1 if $c->{at_once} == 1;
    if ($c->{more} && length $c->{out} < 1 << 16) {
        my $add = $c->{more} < 1 << 20 ? $c->{more} : 1 << 20;
        $c->{out} .= ' ' x $add;
        $c->{more} -= $add;
    }
    drop_connection($server, $c) if $c->{close} && !length $c->{out} && !$c->{more};
    return;
}

# Parse the next complete request of the input; undef: none yet.
sub next_request {
    my ($c) = @_;
    my ($head) = $c->{in} =~ /^(.*?)\r\n\r\n/s or return;
    my ($line, @fields) = split /\r\n/, $head;
    my ($method, $target) = $line =~ m{^([A-Z]+) (\S+) HTTP/1\.1$};
    my %headers;
    for (@fields) {
        $headers{ lc $1 } = exists $headers{ lc $1 } ? "$headers{ lc $1 }, $2" : $2
            if /^([^:\s]+):\s*(.*?)\s*$/;
    }
    my $length = $headers{'content-length'} // 0;
    return if length $c->{in} < length($head) + 4 + $length;
    my $body = substr $c->{in}, length($head) + 4, $length;
    substr $c->{in}, 0, length($head) + 4 + $length, '';
    my ($path, $query) = split /\?/, $target // '', 2;
    return {
        time => time, connection => $c->{n}, method => $method // '', path => $path // '',
        headers => \%headers, body => $body, head => $head,
        query => decode_fields($query // ''),
        form => ($headers{'content-type'} // '') =~ m{^application/x-www-form-urlencoded(?:;|$)}
        ? decode_fields($body)
        : {},
    };
}

# Decode a form. A repeated name has its values joined by NUL, so no check accepts it.
sub decode_fields {
    my %fields;
    for (split /&/, $_[0]) {
        my ($name, $value) = map { decode($_) } split(/=/, $_, 2), '';
        $fields{$name} = exists $fields{$name} ? "$fields{$name}\0$value" : $value;
    }
    return \%fields;
}

# Decode a form value.
sub decode {
    my ($text) = @_;
    $text =~ tr/+/ /;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    utf8::decode($text);
    return $text;
}

# ---- answers ----

# Append a response to the output.
sub respond {
    my ($c, $status, $headers, $body) = @_;
    my %h = (
        'Content-Type' => 'application/json', 'Content-Length' => length $body,
        %{ $headers // {} }
    );
    $c->{out} .=
        "HTTP/1.1 $status X\r\n" . join('', map { "$_: $h{$_}\r\n" } sort keys %h) . "\r\n$body";
    return;
}

# Record a request and answer it in the current mode.
sub handle_request {
    my ($server, $c, $request) = @_;
    return handle_control($server, $c, $1, $request->{body}) if $request->{path} =~ m{^/-/(\w+)$};
    $request->{n} = @{ $server->{requests} };
    push @{ $server->{requests} }, $request;

    my $mode = $server->{mode};
    $mode = { mode => 'ok' } if defined $mode->{path} && index($request->{path}, $mode->{path}) < 0;
    $server->{mode} = { mode => 'ok' } if defined $mode->{times} && --$mode->{times} <= 0;
    my $answer = $mode->{mode} =~ /^(?:ok|drip|slow)$/
        || $mode->{accept} ? ask_services($server, $request) : undef;
    send_answer($server, $c, $mode, $answer, $request);
    return;
}

# The answer of the first service that knows the path.
sub ask_services {
    my ($server, $request) = @_;
    for my $service (@services) {
        my $answer = $service->($server, $request);
        return $answer if $answer;
    }
    return [404, { 'Content-Type' => 'text/plain' }, 'no provider here'];
}

my %as_text = (
    garbage => [200, {}, '{"success":true,"message":'],
    html => [
        200, { 'Content-Type' => 'text/html' },
        '<html><body><h1>Welcome to the gateway</h1></body></html>'
    ],
    empty => [200, {}, ''],
    ignored => [
        200,
        {},
        $json->encode({
            success => JSON::PP::true, ignored => JSON::PP::true, cellphone => '+1-XXX-XXX-XX02',
            device => 'iphone',
            message =>
                'Ignored: SMS is not needed for smartphones. Pass force=true if you want to '
                . 'actually send it anyway.'
        })
    ],
    odd => [
        200,
        {},
        $json->encode(
            { success => JSON::PP::true, message => 'An error ocurred while sending the SMS' }
        )
    ],
);

# Answer in a mode.
sub send_answer {
    my ($server, $c, $mode, $answer, $request) = @_;
    my $name = $mode->{mode};
    $c->{close} = lc($request->{headers}{connection} // '') eq 'close';
    $answer->[1]{Date} = $mode->{date} if $answer && $mode->{date};
    if ($name eq 'ok') { respond($c, @$answer) }
    elsif ($name eq 'drip') { respond($c, @$answer); $c->{at_once} = 1 }
    elsif ($name eq 'slow') { respond($c, @$answer); $c->{not_before} = time + $mode->{seconds} }
    elsif ($name eq 'hang') { $c->{deaf} = 1 }
    elsif ($name eq 'close') { drop_connection($server, $c) }
    elsif ($name eq 'reset') {
        setsockopt $c->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
        drop_connection($server, $c);
    }
    elsif ($name eq 'noise') { $c->{out} .= "\x16\x03\x01\x02 what?\r\n\r\n"; $c->{close} = 1 }
    elsif ($name eq 'huge') {
        respond($c, 200, { 'Content-Length' => HUGE }, '');
        $c->{more} = HUGE;
    }
    elsif ($name eq 'redirect') {
        respond($c, $mode->{status} // 302, { Location => $mode->{to} // '/redirected' }, '');
    }
    elsif ($name eq 'error') {
        respond($c, $mode->{status} // 400, {}, error_body($request, $mode));
    }
    elsif ($as_text{$name}) {
        my ($status, @rest) = @{ $as_text{$name} };
        respond($c, $mode->{status} // $status, @rest);
    }
    else {
        respond(
            $c, $name,
            defined $mode->{retry_after} ? { 'Retry-After' => $mode->{retry_after} } : {},
            $mode->{body} // ''
        );
    }
    return;
}

# A provider's error with the code of the mode.
sub error_body {
    my ($request, $mode) = @_;
    return Provider::Authy::error($mode->{status} // 400, "$mode->{code}", 'as the test wants it')
        ->[2]
        if $request->{path} =~ m{^/protected/};
    return Provider::Vonage::error("$mode->{code}", 'as the test wants it')->[2]
        if $request->{path} eq '/sms/json';
    return Provider::Webhook::error($mode->{status} // 200, $mode->{code})->[2]
        if $request->{path} eq '/webhook';
    return Provider::Http::error($mode->{status} // 400, $mode->{code})->[2]
        if $request->{path} eq '/http/send';
    return Provider::Twilio::error(
        $mode->{status} // 400, $mode->{code} + 0,
        'as the test wants it'
    )->[2];
}

# Handle a control request: mode, reset, state.
sub handle_control {
    my ($server, $c, $what, $body) = @_;
    my $data = $json->decode($body);
    my ($status, $answer) = (200, {});
    if ($what eq 'mode') {
        $data->{mode} =~ /^[1-5]\d\d$/
            || $as_text{ $data->{mode} }
            || $data->{mode} =~ /^(?:ok|drip|slow|hang|close|reset|noise|huge|redirect|error)$/
            or $status = 400;
        $server->{mode} = $data if $status == 200;
    }
    elsif ($what eq 'reset') {
        @$server{qw(requests texts codes)} = ([], [], {});
    }
    else {
        $answer = { map { $_ => $server->{$_} } qw(requests texts codes) };
    }
    respond($c, $status, {}, $json->encode($answer));
    $c->{close} = 1;
    return;
}

1;
